"""The HTML of a reminder says what its text says, and nothing of a person's data becomes markup."""

from dunning.channels.email_html import html_of


def test_paragraphs_lines_and_nothing_that_runs() -> None:
    page = html_of("Gentile <b>Ada</b>,\nuna riga & l'altra.\n\n\nSaluti\n", title='Borgo "<x>"')
    assert page.count("<p>") == 2
    assert "Gentile &lt;b&gt;Ada&lt;/b&gt;,<br>una riga &amp; l&#x27;altra." in page
    assert "<title>Borgo &quot;&lt;x&gt;&quot;</title>" in page
    assert "<a " not in page
