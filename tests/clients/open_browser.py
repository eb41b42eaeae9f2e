"""The browser that a program opens: signs in at the address it is given, as the person of LANYARD_PERSON."""

import os
import sys
from urllib.parse import parse_qs, urlsplit

import requests

from demo import Browser, Demo


def main():
    demo, address = Demo(), sys.argv[1]
    redirect_uri = parse_qs(urlsplit(address).query)["redirect_uri"][0]
    answer = Browser(demo, demo.user(os.environ["LANYARD_PERSON"])).sign_in(address, redirect_uri)
    mode = parse_qs(urlsplit(address).query).get("response_mode", ["query"])[0]
    session = requests.Session()
    session.trust_env = False
    # What a browser does with the page that posts itself, or with the redirect.
    if mode == "form_post":
        session.post(redirect_uri, data=answer, timeout=30)
    else:
        session.get(redirect_uri, params=answer, timeout=30)


if __name__ == "__main__":
    main()
