"""Steps of federated loads."""
