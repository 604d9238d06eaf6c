"""Takes the pictures of Airflow that the documentation shows, from the stack that `KEEP=1 make demo` left up.

Usage:
    PYTHONPATH=.:plugins .venv/bin/python -m scripts.screenshots [NAME ...]

It needs chromium and chromium-driver, which `scripts/bootstrap test` installs. It logs in as the demo's user, takes a
picture of each page once it is drawn, and writes docs/assets/airflow/NAME.webp. Look at them before you commit them.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from demo.airflow_api import AirflowApi
from scripts.in_demo import HOME_VARIABLE, REPOSITORY

PICTURES = REPOSITORY / "docs" / "assets" / "airflow"
WIDTH, HEIGHT = 1280, 800
QUALITY = 70
"""Of WebP, 0 to 100; letters stay clean from about 60 on."""
LARGEST = 150_000
"""Bytes that a picture may have."""
PATIENCE = 60.0
USER = "admin"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
POINT, RESTORE = "recovery_point__orders", "recovery_restore__orders"
GRAPH_VIEW = "//*[@data-testid='grid-view-button']/following-sibling::button[last()]"
TABLE_VIEW = "//button[@aria-label='Show table view']"
IS_AT_REST = """
    const shown = arguments[0];
    if (!shown?.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
    const place = JSON.stringify(shown.getBoundingClientRect()), before = window.placeBefore;
    window.placeBefore = place;
    return place === before && shown.getBoundingClientRect().bottom <= innerHeight;
"""
"""Whether an element can be seen, and stands where it stood when this was asked before."""
SETTINGS = {"default_dag_view": "grid", f"direction-{RESTORE}": "DOWN"}
"""What the browser remembers for Airflow's pages; a graph from left to right is too wide to be read."""


@dataclass(frozen=True)
class Picture:
    """A page of Airflow: where it is, what to click there, and what stands on it once it is drawn, both as XPath."""

    path: str
    shows: str
    click: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the named pictures, or all; 1 where no stack is up or a picture is too large."""
    parser = argparse.ArgumentParser(prog="python -m scripts.screenshots", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="*", help="pictures to take; all if left out")
    names = parser.parse_args(arguments).name
    home = Path(os.environ.get(HOME_VARIABLE) or REPOSITORY / ".airflow")
    try:
        state = json.loads((home / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _fail(f"nothing is up in {home}: start it with KEEP=1 make demo\n")
    wanted = {name: one for name, one in pictures(state).items() if name in names or not names}
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _browser() as driver:
        _log_in(driver, state)
        for name, one in wanted.items():
            image = _take(driver, state["url"], one)
            if len(image) > LARGEST:
                return _fail(f"{name} has {len(image)} bytes, {LARGEST} are allowed: lower QUALITY\n")
            (PICTURES / f"{name}.webp").write_bytes(image)
    return 0


def pictures(state: Mapping[str, Any]) -> dict[str, Picture]:
    """The pictures of the stack that ``state`` describes.

    Raises:
        LookupError: no restore has ended well there.
    """
    api = AirflowApi(state["url"], USER, password(state))
    ended = [run["dag_run_id"] for run in api.runs(RESTORE) if run["state"] == "success"]
    if not ended:
        raise LookupError(f"no run of {RESTORE} has ended well; tell the demo's story aurora_recovery first")
    run = f"/dags/{RESTORE}/runs/{quote(ended[0], safe='')}"
    return {
        "dags": Picture("/dags", "//tbody//a[.='Recovery point: orders']", TABLE_VIEW),
        "form": Picture(f"/dags/{POINT}", "//*[text()='Dry run']", "//*[@data-testid='trigger-dag-button']"),
        "graph": Picture(run, "(//*[contains(@class, 'react-flow__node')])[last()]", GRAPH_VIEW),
        "run": Picture(run, "//td//a[contains(@href, '/tasks/')]"),
    }


def password(state: Mapping[str, Any]) -> str:
    """The password with which the pictures' user logs in."""
    return str(state["passwords"][USER])


@contextmanager
def _browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    with TemporaryDirectory(prefix="switchyard-pictures-") as profile:
        for flag in (*FLAGS, f"--window-size={WIDTH},{HEIGHT}", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            # The window's own bars take a part of its size; the page gets all of this.
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            yield driver
        finally:
            driver.quit()


def _log_in(driver: webdriver.Chrome, state: Mapping[str, Any]) -> None:
    wait = WebDriverWait(driver, PATIENCE)
    driver.get(state["url"])
    wait.until(expected_conditions.visibility_of_element_located((By.NAME, "username"))).send_keys(USER)
    driver.find_element(By.NAME, "password").send_keys(password(state))
    driver.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    # The form goes with its page; an element of it, asked while it goes, is an error of the browser's own.
    wait.until_not(expected_conditions.url_contains("/auth/login"))


def _take(driver: webdriver.Chrome, url: str, one: Picture) -> bytes:
    # The pages draw themselves anew while they load, also between the finding of an element and the click.
    wait = WebDriverWait(driver, PATIENCE, ignored_exceptions=[WebDriverException])
    for name, value in SETTINGS.items():
        driver.execute_script("localStorage.setItem(...arguments)", name, json.dumps(value))
    driver.get(f"{url}{one.path}")
    if one.click:
        wait.until(lambda _: _clicked(driver, one.click or ""))
    wait.until(lambda _: driver.execute_script(IS_AT_REST, *driver.find_elements(By.XPATH, one.shows)[:1]))
    wait.until(
        lambda _: driver.execute_script("return document.querySelectorAll('.chakra-skeleton').length") == 0
    )
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(shot["data"])


def _clicked(driver: webdriver.Chrome, place: str) -> bool:
    driver.find_element(By.XPATH, place).click()
    return True


def _fail(message: str) -> int:
    sys.stderr.write(message)
    return 1


if __name__ == "__main__":
    sys.exit(main())
