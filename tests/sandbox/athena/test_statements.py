def test_first(orders):
    """It should work."""
    assert orders.rows("select id, customer, total, day from orders order by id") == []
