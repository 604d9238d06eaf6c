"""The search engine behind OpenSearch domains: Lucene in a process of its own, and what proves rules against it."""

from sandbox.search.errors import RulesRejected, SearchError
from sandbox.search.external import ExternalNode
from sandbox.search.node import SearchNode
from sandbox.search.oracle import Expansion, Oracle

__all__ = ["Expansion", "ExternalNode", "Oracle", "RulesRejected", "SearchError", "SearchNode"]
