-- Passes when it returns no row: every rental belongs to a customer and to a copy of a film.
SELECT rental.rental_id
FROM rental
LEFT JOIN customer ON customer.customer_id = rental.customer_id
LEFT JOIN inventory ON inventory.inventory_id = rental.inventory_id
WHERE customer.customer_id IS NULL
   OR inventory.inventory_id IS NULL
LIMIT 20;
