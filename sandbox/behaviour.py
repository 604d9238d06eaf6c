"""Choices between behaviours of AWS that its documents leave open: a test picks the one it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Behaviour(Mapping[str, str]):
    """The choice made for each open question, e.g. `behaviour["package_order"]`.

    Services declare their questions with the possible answers, of which the first is the default.
    """

    def __init__(self) -> None:
        self._answers: dict[str, tuple[str, ...]] = {}
        self._chosen: dict[str, str] = {}

    def declare(self, name: str, *answers: str) -> None:
        """Add a question; declaring it again keeps the choice."""
        self._answers[name] = answers
        self._chosen.setdefault(name, answers[0])

    def choose(self, choices: Mapping[str, str]) -> None:
        """Make choices; ValueError for an unknown question or answer, and then none is made."""
        for name, answer in choices.items():
            if name not in self._answers:
                raise ValueError(f"unknown behaviour {name!r}: known are {', '.join(self._answers)}")
            if answer not in self._answers[name]:
                known = ", ".join(self._answers[name])
                raise ValueError(f"{name} cannot be {answer!r}: choose one of {known}")
        self._chosen |= choices

    def reset(self) -> None:
        """Return to the defaults."""
        self._chosen = {name: answers[0] for name, answers in self._answers.items()}

    def __getitem__(self, name: str) -> str:
        return self._chosen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)
