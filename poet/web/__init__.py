"""A page and an HTTP interface to the library: poems, scans, duets and cards for many visitors.

It needs starlette and uvicorn, which `pip install 'poet[web]'` brings. `poet.web.app` builds the
application, `poet.web.server` runs it.
"""
