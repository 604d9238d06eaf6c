"""Fixtures of the system tests: one whole stack for the session, and a browser in front of it."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from demo.airflow_settings import REPOSITORY
from demo.stack import Stack
from tests.support.collectors import Lineage, Mail, Statsd, collecting
from tests.support.observed import observed

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # as root, Chromium does not start with its own sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1500,1100",
)

SECTIONS = (By.CSS_SELECTOR, "[data-part='item-trigger']")
FIELDS_IN_SIGHT = """
    const header = document.querySelectorAll("[data-part='item-trigger']")[arguments[0]];
    const panel = header?.closest("[data-part='item']").querySelector("[data-part='item-content']");
    if (header?.getAttribute("aria-expanded") !== "true" || panel.getAnimations().length) return null;
    const fields = [...panel.querySelectorAll("[data-scope='field'][data-part='root']")];
    const part = (field, name) => field.querySelector(`[data-part='${name}']`)?.innerText.replace("*", "").trim();
    const range = (low, high) => low && `${low} to ${high}`;
    return {fields: fields.map(field => {
        const input = field.querySelector("[name^='element_'], [data-testid='datetime-input']");
        return {
            section: header.innerText.trim(),
            title: part(field, "label"),
            description: part(field, "helper-text"),
            control: input?.getAttribute("role") ?? input?.dataset.testid ?? input?.type,
            limits: range(input?.getAttribute("aria-valuemin"), input?.getAttribute("aria-valuemax")) ?? "",
            default: (input?.type === "checkbox" ? input.checked : input?.value) ?? "",
            text: field.innerText,
        };
    })};
"""
"""What a person sees of the fields of a form's section, once it is open; null before."""


def pytest_collection_modifyitems(items):
    """Mark what is in this folder, and give it the time that booting a stack takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="package")
def metrics():
    """A StatsD collector."""
    with collecting(Statsd) as collector:
        yield collector


@pytest.fixture(scope="package")
def lineage():
    """An OpenLineage server."""
    with collecting(Lineage) as collector:
        yield collector


@pytest.fixture(scope="package")
def mail():
    """A mail server."""
    with collecting(Mail) as collector:
        yield collector


@pytest.fixture(scope="package")
def stack(tmp_path_factory, metrics, lineage, mail):
    """A whole stack with this repository's DAGs and those of the tests, observed as the page says."""
    bundles = {"dags-folder": REPOSITORY / "dags", "tests": Path(__file__).parent / "dags"}
    stack = Stack(tmp_path_factory.mktemp("stack"), dags=bundles, extra=observed(metrics, lineage, mail))
    # The processes of the stack outlive a killed test run; one that is asked to end ends them first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stack.up():
        yield stack


@pytest.fixture(scope="package")
def orders(stack):
    """The world "orders" in the stack's sandbox."""
    return stack.sandbox.client().seed("orders")


@pytest.fixture(scope="package")
def api(stack):
    """Airflow's REST API as administrator."""
    return stack.api()


class AirflowPages:
    """Airflow's pages as a person uses them: by what stands on them and by clicks."""

    def __init__(self, driver, url, screenshots):
        self.driver = driver
        self._url = url
        self._screenshots = screenshots
        self._wait = WebDriverWait(driver, 60)
        # The pages draw themselves anew while they load, also between the finding of an element and the click.
        self._patient = WebDriverWait(driver, 60, ignored_exceptions=[StaleElementReferenceException])

    def open(self, path):
        """Open a page of this Airflow."""
        self.driver.get(f"{self._url}/{path.lstrip('/')}")

    def log_in(self, username, password):
        """Log in by the form."""
        self.open("/")
        self._visible(By.NAME, "username").send_keys(username)
        self.driver.find_element(By.NAME, "password").send_keys(password)
        self.click("button[type=submit]")
        # The form goes with its page; an element of it, asked while it goes, is an error of the browser's own.
        self._wait.until_not(expected_conditions.url_contains("/auth/login"))

    def find_dag(self, name):
        """Look a DAG up in the list of DAGs, and open it."""
        self.open("/dags")
        self._visible(By.CSS_SELECTOR, "[data-testid=search-dags]").send_keys(name)
        self._click(By.LINK_TEXT, name)

    def trigger(self, dag_id, **fields):
        """Start a run by the form, with some fields overwritten; return the run's id."""
        self.open_form(dag_id, **fields)
        self.click("[data-testid=trigger-dag-submit]")
        self._wait.until(expected_conditions.url_contains(f"/dags/{dag_id}/runs/"))
        return self.driver.current_url.split("/runs/")[1].split("/")[0].split("?")[0]

    def open_form(self, dag_id, **fields):
        """Open the form of a DAG and fill some of its fields."""
        if not self.driver.current_url.endswith(f"/dags/{dag_id}"):
            self.open(f"/dags/{dag_id}")
        self.click("[data-testid=trigger-dag-button]")
        self._visible(By.CSS_SELECTOR, "[data-testid=trigger-dag-submit]")
        for name, value in fields.items():
            self._fill(name, value)

    def form(self, dag_id):
        """What the form of a DAG shows of each field, by its title; its sections are opened one after the other."""
        self.open_form(dag_id)
        self._wait.until(expected_conditions.presence_of_element_located((By.NAME, "element_dry_run")))
        shown = {}
        for number in range(len(self.driver.find_elements(*SECTIONS))):
            shown |= {field["title"]: field for field in self._section(number)}
        return shown

    def _section(self, number):
        def opened(driver):
            # Airflow shows one section at a time and draws them all anew, so that each is looked for again.
            header = driver.find_elements(*SECTIONS)[number]
            if header.get_attribute("aria-expanded") == "false":
                header.click()
            return driver.execute_script(FIELDS_IN_SIGHT, number)

        return self._patient.until(opened)["fields"]

    def summary(self, dag_id, run_id):
        """What the tab with the summary of a run shows."""
        self.open(f"/dags/{dag_id}/runs/{run_id}")
        return self._followed("Summary")

    def links(self, dag_id, run_id, task_id):
        """Where the links on the page of a task lead, by their names."""
        self.open(f"/dags/{dag_id}/runs/{run_id}/tasks/{task_id}/details")
        self._visible(By.LINK_TEXT, "Ledger report")
        found = self.driver.find_elements(By.XPATH, "//a[.='AWS console' or .='Ledger report']")
        return {link.text: link.get_attribute("href") for link in found}

    def report(self):
        """What stands behind the link to the ledger's report on the page of a task."""
        return self._followed("Ledger report")

    def _followed(self, link):
        self._click(By.LINK_TEXT, link)
        frame = (By.CSS_SELECTOR, "iframe[title=Summary]")
        self._wait.until(expected_conditions.frame_to_be_available_and_switch_to_it(frame))
        self._visible(By.TAG_NAME, "footer")
        shown = self.text
        self.driver.switch_to.default_content()
        return shown

    def field(self, name):
        """What stands in a field of the form."""
        return self.driver.find_element(By.NAME, f"element_{name}").get_attribute("value")

    def _fill(self, name, value):
        field = self._wait.until(
            expected_conditions.presence_of_element_located((By.NAME, f"element_{name}"))
        )
        section = field.find_element(
            By.XPATH, "./ancestor::*[@data-part='item'][1]//*[@data-part='item-trigger']"
        )
        if section.get_attribute("aria-expanded") == "false":
            section.click()
        if isinstance(value, bool):
            switch = field.find_element(By.XPATH, "./ancestor::label")
            if field.is_selected() != value:
                self._wait.until(expected_conditions.element_to_be_clickable(switch)).click()
            return
        self._wait.until(expected_conditions.visibility_of(field))
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(value or Keys.DELETE, Keys.TAB)

    def answer(self, question, option, comment=None):
        """Open what a run asks of people, and answer it; returns what it shows, and the cells of its tables."""
        self.open("/required_actions?response_received=false")
        self._click(By.LINK_TEXT, question)
        self._visible(By.CSS_SELECTOR, f"[data-testid=hitl-option-{option}]")
        shown = self.text
        cells = [cell.text for cell in self.driver.find_elements(By.CSS_SELECTOR, "table td")]
        if comment:
            self._visible(By.NAME, "element_comment").send_keys(comment, Keys.TAB)
        self.screenshot(f"question_{option}")
        self.click(f"[data-testid=hitl-option-{option}]")
        return shown, cells

    def wait_for_text(self, text, seconds=60):
        """Wait until a text stands on the page."""
        WebDriverWait(self.driver, seconds).until(lambda _: text in self.text)

    @property
    def text(self):
        """All that a person can read on the page now."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def click(self, selector):
        """Click what a CSS selector finds, as soon as it can be clicked."""
        self._click(By.CSS_SELECTOR, selector)

    def screenshot(self, name):
        """Take a picture of the page; returns its path."""
        path = self._screenshots / f"{name}.png"
        assert self.driver.save_screenshot(str(path))
        return path

    def _click(self, by, value):
        clickable = expected_conditions.element_to_be_clickable((by, value))

        def clicked(driver):
            element = clickable(driver)
            if element:
                element.click()
            return bool(element)

        self._patient.until(clicked)

    def _visible(self, by, value):
        return self._wait.until(expected_conditions.visibility_of_element_located((by, value)))


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory):
    """Folder of the pictures that the browser tests take."""
    return tmp_path_factory.mktemp("screenshots")


@pytest.fixture(scope="package")
def browser(stack, screenshots, tmp_path_factory):
    """A browser that is logged in as administrator: one for all tests, as each log-in takes seconds of a core."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        pages = AirflowPages(driver, stack.url, screenshots)
        pages.log_in(stack.username, stack.password)
        yield pages
    finally:
        driver.quit()


@pytest.fixture
def pages(browser):
    """The browser, on no page before and after a test."""
    yield browser
    browser.driver.switch_to.default_content()
    browser.driver.get("about:blank")
