"""What moves: rentals and payments, which an older state of the shop has fewer of."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sandbox.seed.sakila.catalogue import COPIES
from sandbox.seed.sakila.people import CUSTOMERS, STORES
from sandbox.seed.sakila.table import CLOSING, OPENING, Row, Table, dice

RENTALS = 16044
CREDITS = 5  # payments that no rental belongs to
_RENTAL_COLUMNS = (
    "rental_id",
    "rental_date",
    "inventory_id",
    "customer_id",
    "return_date",
    "staff_id",
    "last_update",
)
_PAYMENT_COLUMNS = (
    "payment_id",
    "customer_id",
    "staff_id",
    "rental_id",
    "amount",
    "payment_date",
    "last_update",
)


def trade(seed: int, films: Table, inventory: Table, until: date | None) -> Iterator[Table]:
    """Generate rental and payment as they stood at the start of a day.

    Ids follow the dates, so an older state's rows are the first ones of a newer state; only what was still
    out then has no return date.

    Args:
        seed: makes the same rows again.
        films: the film table, for prices and durations.
        inventory: the inventory table.
        until: the day, or moment, before which everything happened; None for all there is.
    """
    end = _moment(until)
    rentals = _rentals(seed)
    yield Table("rental", _RENTAL_COLUMNS, [_as_of(row, end) for row in rentals if row[1] < end])
    payments = _payments(seed, rentals, _prices(films, inventory))
    yield Table("payment", _PAYMENT_COLUMNS, [row for row in payments if row[5] < end])


def _moment(until: date | None) -> datetime:
    if until is None:
        return CLOSING
    return until if isinstance(until, datetime) else datetime.combine(until, time())


def _rentals(seed: int) -> list[Row]:
    rng = dice(seed, "rental")
    span = int((CLOSING - OPENING).total_seconds())
    back = [OPENING] * (COPIES + 1)
    rows: list[Row] = []
    for number, second in enumerate(sorted(rng.randrange(span) for _ in range(RENTALS)), 1):
        begin = OPENING + timedelta(seconds=second)
        copy = rng.randint(1, COPIES)
        while back[copy] > begin:
            copy = rng.randint(1, COPIES)
        end = back[copy] = begin + timedelta(minutes=rng.randint(18 * 60, 230 * 60))
        rows.append((number, begin, copy, rng.randint(1, CUSTOMERS), end, rng.randint(1, STORES), end))
    return rows


def _as_of(rental: Row, end: datetime) -> Row:
    number, begin, copy, customer, returned, staff, _ = rental
    return rental if returned < end else (number, begin, copy, customer, None, staff, begin)


def _prices(films: Table, inventory: Table) -> list[tuple[Decimal, int]]:
    """List rate and duration in days by inventory id."""
    rate, duration = films.columns.index("rental_rate"), films.columns.index("rental_duration")
    by_film = {row[0]: (row[rate], row[duration]) for row in films.rows}
    return [(Decimal(0), 0)] + [by_film[row[1]] for row in inventory.rows]


def _payments(seed: int, rentals: list[Row], prices: list[tuple[Decimal, int]]) -> list[Row]:
    rng = dice(seed, "payment")
    due: list[Row] = []
    for number, begin, copy, customer, end, staff, _ in rentals:
        rate, days = prices[copy]
        late = max(0, (end - begin).days - days)
        due.append((customer, staff, number, rate + late, begin, begin))
    for rental in rng.sample(rentals, CREDITS):
        at = rental[1]
        due.append((rng.randint(1, CUSTOMERS), rng.randint(1, STORES), None, Decimal("1.98"), at, at))
    due.sort(key=lambda payment: payment[4])
    return [(number, *payment) for number, payment in enumerate(due, 1)]
