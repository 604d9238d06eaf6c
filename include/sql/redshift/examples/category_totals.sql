-- Net sales of a year by category and class: facts of the warehouse, items of the live database.
-- The facts are summed before they meet the items, and kept where the live database has no such item (any more): an
-- inner join would leave their money out of the total without a word.
SELECT COALESCE(item.i_category, '(unknown)') AS i_category
     , COALESCE(item.i_class, '(unknown)') AS i_class
     , SUM(sold.net_paid) AS total_sum
  FROM (
        SELECT sales.ws_item_sk
             , SUM(sales.ws_net_paid) AS net_paid
          FROM public.web_sales AS sales
          JOIN public.date_dim AS sold_on
            ON sold_on.d_date_sk = sales.ws_sold_date_sk
         WHERE sold_on.d_month_seq BETWEEN 1205 AND 1205 + 11
         GROUP BY sales.ws_item_sk
       ) AS sold
  LEFT JOIN mysqlfq.item AS item
    ON item.i_item_sk = sold.ws_item_sk
 GROUP BY 1
        , 2
 ORDER BY 1
        , 2
