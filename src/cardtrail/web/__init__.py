"""The web application: holders' pages, the brand's desk, the public page, the REST API. The only room that knows Django.

It reaches the ledger through `client` alone, and keeps of it a projection that can be dropped and made again.
"""
