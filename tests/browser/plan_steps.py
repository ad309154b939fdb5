"""What is filled in wherever a plan of instalments is asked for."""

from datetime import timedelta

from playwright.sync_api import Page

from paybox.kernel.clock import today


def work_out_three(page: Page) -> None:
    """Three instalments, the first a month from now."""
    page.locator("#id_requested_on").fill(today().isoformat())
    page.locator("#id_count").fill("3")
    page.locator("#id_first").fill((today() + timedelta(days=31)).isoformat())
    page.locator("#id_act").fill("Det. 12")
    page.get_by_role("button", name="Calcola le rate").click()
