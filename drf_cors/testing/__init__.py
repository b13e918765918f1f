"""A model browser for tests: it gets what a front end on another origin gets from the project.

Example:
    browser = Browser("https://shop.example")
    response = browser.fetch("/orders/", credentials="include")
"""

from drf_cors.fetch_model.messages import CorsBlocked, FetchResponse, RequestFacts
from drf_cors.fetch_model.profiles import CHROMIUM, FETCH, FIREFOX, WEBKIT, Profile
from drf_cors.testing.browser import AsyncBrowser, Browser, Exchange

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
