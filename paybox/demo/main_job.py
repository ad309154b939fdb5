"""The demo from the first process to the last line: start, tell the main job, stay, stop."""

from pathlib import Path

from billing.demo_data import dues_rows, tari_rows
from paybox.demo.board import check_board, pay_spontaneously, reconcile
from paybox.demo.enti import BORGO_CF, VALLE_CF, prepare_database
from paybox.demo.far_ends import FarEnds
from paybox.demo.inviting import invite_on_paper
from paybox.demo.loading import count_positions, issue_notices, load_credits, wait_publication
from paybox.demo.paying import pay_at_psp, remind_the_overdue
from paybox.demo.second_reminder import remind_again
from paybox.demo.stack import Ports, stack_processes
from paybox.demo.story import Story, StoryFailed, say
from paybox.demo.telephone import telephone_the_late
from paybox.embedded.processes import CannotStart
from paybox.kernel.clock import today
from paybox.supervisor import Supervisor, signals_as_interrupt

TARI_FILE, DUES_FILE = "tari-borgo.csv", "quote-valle.csv"


def run_demo(*, var_dir: Path, port: int, once: bool) -> int:
    """Exit code: 0 when every step did what it should (or the user said stop), 1 otherwise, 2 if it cannot start."""
    ports = Ports.beside(port)
    try:
        with signals_as_interrupt():
            ports.refuse_if_taken()
            say("PayBox – preparo il database e gli Enti …")
            prepare_database(var_dir)
            with Supervisor(stack_processes(ports, var_dir), log_dir=var_dir / "log") as supervisor:
                return _tell_and_stay(supervisor, var_dir, ports, once=once)
    except CannotStart as refusal:
        say(str(refusal))
        return 2
    except KeyboardInterrupt:
        say("\nFermato.")
        return 1 if once else 0


def _tell_and_stay(supervisor: Supervisor, var_dir: Path, ports: Ports, *, once: bool) -> int:
    supervisor.start_all()
    supervisor.wait_ready(seconds=90)
    say(
        f"Pronto: http://borgo.localhost:{ports.web}/  http://valle.localhost:{ports.web}/  "
        f"http://localhost:{ports.web}/  (accessi: manage.py demo_users)"
    )
    story = Story.open(var_dir, FarEnds(ports), today=today())
    try:
        tell_main_job(story)
    except StoryFailed as failure:
        say(f"\n✗ {failure}")
        if once:
            return 1
    else:
        say("\n✓ Tutti i passi hanno fatto ciò che dovevano.")
    if not once:
        say("\nResto acceso: Ctrl-C per fermare tutto.")
        supervisor.run_forever()
    return 0


def tell_main_job(story: Story) -> None:
    """The eight steps for Borgo, and the same road for Valle; Borgo's invitations, then its telephone and second reminder. Raises StoryFailed."""
    for schema, code, name, cf, service, file, make, bad, payments in (
        ("borgo", "b", "Comune di Borgo", BORGO_CF, "TARI", TARI_FILE, tari_rows, 12, 60),
        ("valle", "v", "Ordine di Valle", VALLE_CF, "QUOTA", DUES_FILE, dues_rows, 0, 30),
    ):
        story.chapter(
            f"{code}1",
            f"{name} 1. Il file dei crediti",
            load_credits(schema, service, file, make, bad_rows=bad),
        )
        story.chapter(f"{code}2", f"{name} 2. Posizioni, IUV, registro", count_positions(schema))
        story.chapter(f"{code}3", f"{name} 3. Su pagoPA", wait_publication(schema))
        story.chapter(f"{code}4", f"{name} 4. Avvisi", issue_notices(schema, file))
        story.chapter(f"{code}5", f"{name} 5. Pagamenti", pay_at_psp(schema, cf, payments))
        story.chapter(f"{code}5b", f"{name} 5b. Flussi e tesoreria", reconcile(schema, cf))
    story.chapter(
        "b5c",
        "Comune di Borgo 5c. Inviti agli avvisi senza carta",
        invite_on_paper("borgo", "TARI"),
    )
    for schema, code, name, cf, service in (
        ("borgo", "b", "Comune di Borgo", BORGO_CF, "TARI"),
        ("valle", "v", "Ordine di Valle", VALLE_CF, "QUOTA"),
    ):
        story.chapter(
            f"{code}6", f"{name} 6. Solleciti agli scaduti", remind_the_overdue(schema, service, cf)
        )
        story.chapter(f"{code}7", f"{name} 7. Pagamento spontaneo", pay_spontaneously(schema))
        story.chapter(f"{code}8", f"{name} 8. Il cruscotto", check_board(schema))
    story.chapter("b9", "Comune di Borgo 9. Al telefono", telephone_the_late("borgo", "TARI"))
    story.chapter(
        "b10", "Comune di Borgo 10. Il secondo sollecito", remind_again("borgo", "TARI", BORGO_CF)
    )
