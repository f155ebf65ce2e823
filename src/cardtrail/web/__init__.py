"""The web application: holders' pages, the brand's desk, the public page, the REST API. Only here Django is known.

It reaches the ledger through `client` alone, and keeps of it a projection that can be dropped and made again.
"""
