"""What is broken on purpose, and by which tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ALL_POINTS = {"SWITCHYARD_KILL_POINTS": "all"}


@dataclass(frozen=True)
class Section:
    """One way to break things.

    Attributes:
        name: chooses it on the command line; its tests record figures under this name.
        title: its heading.
        breaks: what is broken, and what must not come of it.
        tests: what pytest runs: files, or single tests.
        minutes: after which the tests are ended, and the section is red: what they take, and at least two fifths more.
        columns: the recorded figures of its table, in their order; with none it has only its tests' counts.
        environment: variables of its tests.
        whole_files: whether the tests of a file stay in one process, for the sake of what they share.
    """

    name: str
    title: str
    breaks: str
    tests: tuple[str, ...]
    minutes: float
    columns: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    whole_files: bool = False


SECTIONS = (
    Section(
        "kills",
        "Kills",
        "Each task's process is killed before and after every call of AWS and of a search domain, every statement in a "
        "database, every commit in the ledger, and every change of what the task remembers. The harness stands in the "
        "clients and drivers and finds these points by itself. What is there at the end must equal what an undisturbed "
        "run left.",
        (
            "tests/pipelines/test_kill_points.py",
            "tests/pipelines/test_federated_kills.py",
            "tests/pipelines/test_discovery_kill_points.py",
            "tests/pipelines/test_synonym_kill_points.py",
            "tests/pipelines/test_health_kill_points.py",
        ),
        minutes=13,
        columns=("pipeline", "aws_calls", "statements", "ledger_writes", "memories", "points", "same_end"),
        environment=ALL_POINTS,
    ),
    Section(
        "stack",
        "The parts of a stack",
        "In the stack of docker-compose.yaml, while a run of each pipeline is under way: a worker dies for good, the "
        "triggerer and the scheduler die and are started again, and every connection to AWS breaks and is refused for "
        "a while; another worker dies with tasks that it has taken and not begun. Each run must end well, with the "
        "same data and no step done twice.",
        ("tests/system/test_celery.py",),
        minutes=7,
        columns=("broken", "how", "pipelines", "same_end"),
        environment=ALL_POINTS,
        whole_files=True,
    ),
    Section(
        "faults",
        "Faults",
        "A share of all calls of AWS is throttled, fails, loses its answer, is slow, is not answered in time, or shows "
        "what was so a moment ago; messages come twice and the last first; storage is too busy to be written to, or "
        "fails in the middle; connections to databases and the ledger break; disks are full; the database servers end "
        "and are started again. A run must end as undisturbed, or red with a "
        "remedy and then, cleared, as undisturbed.",
        ("tests/pipelines/test_faults.py",),
        minutes=12,
        columns=("pipeline", "mishap", "seed", "struck", "red_runs", "same_end"),
        environment={"SWITCHYARD_FAULT_SEEDS": "1"},
    ),
    Section(
        "mutation",
        "Mutation",
        "The pure logic is changed in every small way that mutmut knows: a comparison turned round, a number one "
        "higher, a text spoilt. Its own tests must notice nine of ten changes; `resilience/survivors.yaml` says of "
        "each other why it makes no difference. No change is left out; each meets the tests that reach it, quickest "
        "first, with fewer drawn examples than in `make test`.",
        ("tests/resilience/test_mutation.py",),
        minutes=10,
        columns=("part", "mutants", "killed", "survived", "unexplained", "percent"),
        environment=ALL_POINTS,
    ),
    Section(
        "least-privilege",
        "Least privilege",
        "Each role of a pipeline gets its shipped policy and nothing else while the pipeline runs, and the sandbox "
        "enforces it. What could be left out of a policy must have a reason, and what it does not name is refused.",
        (
            "tests/pipelines/test_iam.py",
            "tests/pipelines/test_synonym_iam.py",
            "tests/pipelines/test_discovery_iam.py",
            "tests/pipelines/test_federated_iam.py",
            "tests/pipelines/test_recovery_variants.py::test_recovers_source_under_live_name[plain-postgres]",
            "tests/operators/aurora/test_watch_iam.py",
            "tests/cloudformation/test_resource_policies.py",
        ),
        minutes=8,
        columns=("policy", "actions", "judged", "needed", "unseen", "outside_denied"),
        environment=ALL_POINTS,
    ),
    Section(
        "bad-input",
        "Bad input",
        "Broken configuration files, run parameters, announcements, manifests, rows and login secrets: each must be "
        "refused by one error that names the field, the value and the remedy, and nothing may have changed.",
        (
            "tests/configuration/test_bad_files.py",
            "tests/dags/test_bad_params.py",
            "tests/aurora_recovery/test_message.py",
            "tests/operators/aurora/test_accept.py",
            "tests/synonyms/test_goldens.py",
            "tests/federated/test_bad_rows.py",
            "tests/databases/test_bad_logins.py",
        ),
        minutes=3,
        columns=("kind", "cases", "lost"),
        whole_files=True,
    ),
    Section(
        "injection",
        "Injection",
        "Texts that would end a quote, open a comment, run a template or a shell, climb folders or break a line, in "
        "every text field of every configuration, found by a walk over the models; as names and values on real "
        "database servers; and through a whole discovery and a whole federated load: each must be refused by name, or "
        "be bound, quoted or kept as it is.",
        (
            "tests/configuration/test_injection.py",
            "tests/databases/test_hostile_names.py",
            "tests/pipelines/test_hostile_texts.py",
        ),
        minutes=3,
        columns=("place", "fields", "texts", "refused", "kept_literal", "lost"),
        environment=ALL_POINTS,
    ),
    Section(
        "secrets",
        "Secrets",
        "Passwords, keys and values of rows, planted or all that the databases hold, are searched for in all that "
        "tasks say, render, send, receive and wait with; in what Airflow, the ledger, metrics, lineage and pages keep "
        "and show; in alerts and buckets: after good runs, and after runs that failed over something that quotes "
        "them. None may be found.",
        (
            "tests/pipelines/test_discovery_privacy.py",
            "tests/pipelines/test_privacy.py",
            "tests/system/test_what_is_kept.py",
        ),
        minutes=5,
        columns=("place", "searched_for", "characters", "lost"),
        environment=ALL_POINTS,
    ),
    Section(
        "supply-chain",
        "Supply chain",
        "What the project takes from others: each package under one version and a hash, each image under one release "
        "and a digest, hooks and workflow steps of others under a commit, and all of it in a bill of materials. "
        "Whether a package has known vulnerabilities is asked of the package index; where it gives no answer, that is "
        "said, and nothing is known.",
        ("tests/repository/test_supply_chain.py", "tests/repository/test_bill_of_materials.py"),
        minutes=1,
        columns=("what", "found", "pinned", "by_hash", "answered", "note"),
        environment={"SWITCHYARD_AUDIT": "1"},
    ),
    Section(
        "soak",
        "Soak",
        "A month of each pipeline in minutes: the time of day of the sandbox, its database servers and the tasks is "
        "moved on to each tick of Airflow's own timetables. Rows change, recovery points, loads and refreshes come "
        "daily, drills, looks at the warehouse and discoveries weekly, one restore swaps. Around two of five runs, and "
        "around every discovery, one kind of all in the section of faults is at work, each in its turn; red runs are "
        "cleared and go on. Then the books are made. Each cluster, snapshot, object, upload, table, statement, job and "
        "package must have an owner that lives, or be young enough for retention; rows in targets, lake and search, "
        "and the recovery points that retention must keep, must be there; and the ledger has an entry for each run, "
        "and for each of its steps but where it was struck itself. What is stored of things that nobody owns is added "
        "up in gigabytes.",
        ("tests/pipelines/test_soak.py",),
        minutes=9,
        columns=(
            "pipeline",
            "days",
            "runs",
            "disturbed",
            "kinds",
            "struck",
            "red_runs",
            "seen",
            "orphans",
            "missing",
            "left_gb",
            "lost",
        ),
        environment={"SWITCHYARD_SOAK": "30"},
    ),
    Section(
        "concurrency",
        "Concurrency",
        "Runs of one pipeline at once, of ticks, hands and backfills, and two deployments on one account: each try "
        "of a task and each look of what it waits for is a unit, and a seed chooses whose unit comes next. A red run "
        "must say what to do, and is cleared when the others have ended. The end must be right, with nothing lost, "
        "doubled or left over, and one live thing.",
        ("tests/pipelines/test_concurrency.py", "tests/pipelines/test_concurrency_of_loads.py"),
        minutes=3,
        columns=("pipeline", "runs", "orders", "units", "red_runs", "seen", "lost"),
        environment={"SWITCHYARD_INTERLEAVINGS": "1"},
    ),
)
"""In the order of the page."""
