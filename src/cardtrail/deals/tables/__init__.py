"""The order's table, a file for each region. Together they are total: `order_table.TABLE`."""
