"""A model browser for tests: what a front end on another origin really gets from the project.

Example:
    browser = Browser("https://shop.example")
    response = browser.fetch("/orders/", credentials="include")
"""

from drf_cors.testing.browser import AsyncBrowser, Browser, Exchange
from drf_cors.testing.fetching import CorsBlocked, FetchResponse, RequestFacts
from drf_cors.testing.profiles import CHROMIUM, FETCH, FIREFOX, WEBKIT, Profile

__all__ = [
    "CHROMIUM",
    "FETCH",
    "FIREFOX",
    "WEBKIT",
    "AsyncBrowser",
    "Browser",
    "CorsBlocked",
    "Exchange",
    "FetchResponse",
    "Profile",
    "RequestFacts",
]
