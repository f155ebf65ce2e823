"""How fast the web application is: many holders with many cards, some of them browsing at once.

python -m benchmarks.web                          # 10,000 holders, 100,000 cards, SQLite and PostgreSQL
python -m benchmarks.web --database sqlite --holders 200 --cards 2000 --seconds 10
"""
