"""What leaves the web app as a file: printed cards, notices of assignment, reports, records, sealed code files.

Plain functions from values to bytes. No Django, no database, no clock: whoever calls says what and when, and the same
values give the same bytes (but for a code file, which is encrypted anew each time).
"""
