"""Steps of the synonym refresh and its bootstrap."""
