"""OpenSearch's REST interface over the engine."""
