"""What the shop rents out: language, category, actor, film and what joins them, inventory."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from sandbox.seed.sakila import words
from sandbox.seed.sakila.people import STORES
from sandbox.seed.sakila.table import OPENING, Row, Table, dice

ACTORS = 200
FILMS = 1000
FILM_ACTORS = 5462
COPIES = 4581
_FEATURES = ("Trailers", "Commentaries", "Deleted Scenes", "Behind the Scenes")
_RATINGS = ("G", "PG", "PG-13", "R", "NC-17")


def catalogue(seed: int) -> Iterator[Table]:
    """Generate the tables in an order that satisfies their references."""
    for name, entries in (("language", words.LANGUAGES), ("category", words.CATEGORIES)):
        rows: list[Row] = [(number, entry, OPENING) for number, entry in enumerate(entries, 1)]
        yield Table(name, (f"{name}_id", "name", "last_update"), rows)
    yield Table("actor", ("actor_id", "first_name", "last_name", "last_update"), _actors(dice(seed, "actor")))
    films = _films(dice(seed, "film"))
    yield Table("film", _FILM_COLUMNS, films)
    yield Table("film_text", ("film_id", "title", "description"), [film[:3] for film in films])
    yield Table("film_actor", ("actor_id", "film_id", "last_update"), _appearances(dice(seed, "film_actor")))
    rng = dice(seed, "film_category")
    yield Table(
        "film_category",
        ("film_id", "category_id", "last_update"),
        [(film, rng.randint(1, len(words.CATEGORIES)), OPENING) for film in range(1, FILMS + 1)],
    )
    yield Table(
        "inventory", ("inventory_id", "film_id", "store_id", "last_update"), _copies(dice(seed, "inventory"))
    )


def _actors(rng: Random) -> list[Row]:
    return [
        (number, rng.choice(words.FIRST_NAMES).upper(), rng.choice(words.LAST_NAMES).upper(), OPENING)
        for number in range(1, ACTORS + 1)
    ]


_FILM_COLUMNS = (
    "film_id",
    "title",
    "description",
    "release_year",
    "language_id",
    "original_language_id",
    "rental_duration",
    "rental_rate",
    "length",
    "replacement_cost",
    "rating",
    "special_features",
    "last_update",
)


def _films(rng: Random) -> list[Row]:
    titles = [f"{start} {end}".upper() for start in words.TITLE_STARTS for end in words.TITLE_ENDS]
    return [
        (
            number,
            title,
            _description(rng, number),
            rng.randint(1931, 2025),
            1 if number % 5 else rng.randint(2, len(words.LANGUAGES)),
            None if number % 20 else rng.randint(2, len(words.LANGUAGES)),
            rng.randint(3, 7),
            rng.choice((Decimal("0.99"), Decimal("2.99"), Decimal("4.99"))),
            rng.randint(46, 185),
            Decimal(rng.randint(9, 29)) + Decimal("0.99"),
            rng.choice(_RATINGS),
            frozenset(feature for feature in _FEATURES if rng.random() < 0.5) if number % 30 else None,
            OPENING,
        )
        for number, title in enumerate(sorted(rng.sample(titles, FILMS)), 1)
    ]


def _description(rng: Random, number: int) -> str:
    hero, friend, foe = rng.sample(words.HEROES, 3)
    tale = (
        f"A {rng.choice(words.TALES)} of a {hero} and a {friend} who must {rng.choice(words.DEEDS)} a {foe}"
    )
    tagline = f". {words.TAGLINES[number // 25 % len(words.TAGLINES)]}" if number % 25 == 0 else ""
    return f"{tale} {rng.choice(words.PLACES)}{tagline}"


def _appearances(rng: Random) -> list[Row]:
    pairs = sorted(rng.sample(range(ACTORS * FILMS), FILM_ACTORS))
    return [(pair // FILMS + 1, pair % FILMS + 1, OPENING) for pair in pairs]


def _copies(rng: Random) -> list[Row]:
    films = sorted(rng.randint(1, FILMS) for _ in range(COPIES))
    return [(number, film, rng.randint(1, STORES), OPENING) for number, film in enumerate(films, 1)]
