-- What each event has sold, in the warehouse and in the live shop.
-- Each side is summed by itself before they meet: joined first, every sale of one side would count once for each sale
-- of the other. FULL JOIN keeps events that one side alone knows.
SELECT COALESCE(history.eventid, online.eventid) AS eventid
     , COALESCE(history.total_price, 0) AS total_price
     , COALESCE(online.online_total_price, 0) AS online_total_price
  FROM (
        SELECT eventid
             , SUM(pricepaid) AS total_price
          FROM public.sales
         GROUP BY eventid
       ) AS history
  FULL JOIN (
        SELECT online_eventid AS eventid
             , SUM(online_pricepaid) AS online_total_price
          FROM online_system.current_sales
         GROUP BY online_eventid
       ) AS online
    ON online.eventid = history.eventid
 ORDER BY 1
