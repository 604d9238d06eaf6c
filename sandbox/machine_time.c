/* Moves the time of day of the processes that load it, by the seconds that a shared file holds.
 *
 * Loaded by LD_PRELOAD. The file, a 64-bit number in the machine's order, is mapped: what is written to it holds in all
 * of them at once. Only the time of day moves; the clocks by which programs measure how long something takes do not.
 * Programs that wait until a time of day hand it to the kernel, which knows the true one alone: it is moved back there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t nothing = 0;
static const volatile int64_t *moved = &nothing;

/* A time of day is beyond 2001; what a monotonic clock shows is the time since the machine started. */
static const time_t TIME_OF_DAY = 1000000000;

__attribute__((constructor)) static void map_the_file(void) {
    const char *path = getenv("SANDBOX_MACHINE_TIME");
    if (path == NULL) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *found = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *moved, PROT_READ, MAP_SHARED, file, 0);
    if (found == MAP_FAILED) {
        perror(path);
        _exit(127);
    }
    close(file);
    moved = found;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *moved;
    return (int)failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME_COARSE, &exact);
    if (now != NULL) *now = exact.tv_sec;
    return exact.tv_sec;
}

static struct timespec true_time(const struct timespec *until) {
    struct timespec known = *until;
    if (known.tv_sec > TIME_OF_DAY) known.tv_sec -= *moved;
    return known;
}

/* On x86-64 an older condition variable bears the same name, and would be found first. */
static void *newest(const char *name) {
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return found != NULL ? found : dlsym(RTLD_NEXT, name);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (wait == NULL) wait = newest("pthread_cond_timedwait");
    struct timespec known = true_time(until);
    return wait(condition, mutex, &known);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*lock)(pthread_mutex_t *, const struct timespec *);
    if (lock == NULL) lock = dlsym(RTLD_NEXT, "pthread_mutex_timedlock");
    struct timespec known = true_time(until);
    return lock(mutex, &known);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    static int (*wait)(sem_t *, const struct timespec *);
    if (wait == NULL) wait = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec known = true_time(until);
    return wait(semaphore, &known);
}
