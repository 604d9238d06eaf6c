-- Passes when it returns no row: no payment below zero, none before its rental.
SELECT payment.payment_id
FROM payment
JOIN rental ON rental.rental_id = payment.rental_id
WHERE payment.amount < 0
   OR payment.payment_date < rental.rental_date
LIMIT 20;
