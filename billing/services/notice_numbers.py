"""Chapter 3 – IUV: numbers reserved in blocks, inside the transaction that uses them, never given twice."""

from django.db import connection

from billing.iuv import NoticeNumber, build_notice_number

_RESERVE = """
    INSERT INTO billing_iuvcounter (segregation, next_base) VALUES (%s, 1 + %s)
    ON CONFLICT (segregation) DO UPDATE SET next_base = billing_iuvcounter.next_base + %s
    RETURNING next_base
"""


def reserve_notice_numbers(*, segregation: str, count: int) -> list[NoticeNumber]:
    """``count`` new numbers of one segregation code, in order. One statement, whatever the count."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [segregation, count, count])
        last = int(cursor.fetchone()[0])
    return [build_notice_number(segregation, base) for base in range(last - count, last)]
