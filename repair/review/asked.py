"""What a request of the review page asks, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from repair.review.filters import DECIDED, Filter

CHECK = "check"  # as a status: what others decided, for a second person
DISPUTED = "disputed"  # as a status: where people differ


class Asked:
    """A request's fields and who asks."""

    def __init__(
        self, fields: Mapping[str, str], language: str, reviewer: str, session: str
    ) -> None:
        self.fields, self.language = fields, language
        self.reviewer, self.session = reviewer[:80], session

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    def number(self, name: str) -> float | None:
        try:
            return float(self.get(name))
        except ValueError:
            return None

    def with_(self, **fields: str) -> Asked:
        """The same request with other fields."""
        return Asked({**self.fields, **fields}, self.language, self.reviewer, self.session)

    @property
    def blind(self) -> bool:
        """Whether a second person looks, who is not told what the first one said."""
        return self.get("status") == CHECK

    @property
    def where(self) -> Filter:
        """The filter form, without a pattern."""
        status = self.get("status") or "pending"
        people = status in (CHECK, DISPUTED)
        return Filter(
            status=DECIDED if people else (status,),
            not_by=self.reviewer if status == CHECK else None,
            disputed=status == DISPUTED,
            stage=self.get("stage") or None,
            rule=self.get("rule") or None,
            kind=self.get("kind") or None,
            doc_id=self.get("doc_id") or None,
            min_confidence=self.number("min"),
            max_confidence=self.number("max"),
        )


class Answer:
    """HTML, and the events that the page's script is told."""

    def __init__(self, html: str, **events: Any) -> None:
        self.html, self.events = html, events
