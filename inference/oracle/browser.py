"""Try the page of a running server in headless Chromium: the numbers that it
shows are those of /predict, by the curl that it offers too, and an error is
shown as the server says it.

usage: browser.py URL PICTURE SCREENSHOT
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

url, picture, screenshot = sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3]
captions = ["a remote sensing image of river", "a sailor's harbour; with, ships", "@forest", "an airport"]


def rows(page):
    cells = page.locator("#scores tbody tr").all()
    return [[c.inner_text() for c in row.locator("td").all()] for row in cells]


with sync_playwright() as p:
    browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    loaded, broken = [], []
    page.on("request", lambda r: loaded.append(r.url))
    page.on("console", lambda m: broken.append(m.text) if m.type == "error" and "status of 400" not in m.text else None)
    page.on("pageerror", lambda e: broken.append(str(e)))
    page.goto(url)
    page.set_input_files("#file", str(picture))
    page.click("#score")
    page.wait_for_selector("#scores tbody tr")
    page.screenshot(path=screenshot)

    page.fill("#captions", "\n".join(captions))
    page.click("#score")
    page.wait_for_function("n => document.querySelectorAll('#scores tbody tr')[0]?.innerText && [...document.querySelectorAll('#scores tbody td')].some(e => e.innerText.includes('sailor'))", arg=0)
    answer = json.loads(subprocess.run(["bash", "-c", page.inner_text("#curl")], cwd=picture.parent, capture_output=True, check=True).stdout)
    want = sorted(zip(captions, answer["logit"][0], answer["similarity"][0]), key=lambda w: -w[1])
    got = rows(page)
    assert [(r[0], r[3], r[4]) for r in got] == [(c, f"{l:.4f}", f"{s:.4f}") for c, l, s in want], (got, want)
    print("numbers of the page, and of its curl:", [(r[0], r[3]) for r in got])

    page.fill("#url", "http://127.0.0.1/x.jpg")
    page.click("#score")
    page.wait_for_selector("#error:not([hidden])")
    assert page.inner_text("#error").startswith("forbidden_address: "), page.inner_text("#error")
    print("a forbidden address:", page.inner_text("#error"))
    assert not broken, broken
    assert all(u.startswith(url) or u.startswith(("blob:" + url, "data:,")) for u in loaded), loaded
    print("requests:", len(loaded), "all to the server itself")
    browser.close()
