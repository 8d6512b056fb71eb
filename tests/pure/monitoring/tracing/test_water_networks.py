"""Networks as they are sent: what is read of an EPANET file, and what is refused."""

import pytest

from monitoring.tracing.domain.water.networks import BadNetwork, NetworkKind, network_of

SMALL = """[JUNCTIONS]
 J1 10 5
[RESERVOIRS]
 R1 50
[PIPES]
 P1 R1 J1 100 200 100 0 Open
[COORDINATES]
 J1 1 2
 R1 0 0
"""


def test_nodes_links_and_places_of_an_epanet_file_are_read() -> None:
    sent = network_of(text=SMALL)

    assert sent.kind is NetworkKind.PRESSURE
    assert [(one["id"], one["kind"], one["x"], one["y"]) for one in sent.layout.nodes] == [
        ("J1", "junction", 1.0, 2.0),
        ("R1", "reservoir", 0.0, 0.0),
    ]
    assert sent.layout.links == [("R1", "J1")]


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("OPTIONS", "Hydraulics Save /etc/passwd"), ("OPTIONS", 'HYDR,USE,"a.hyd"'), ("OPTIONS", " MAP plan.map"),
        ("REPORT", "File /tmp/report.txt"), ("REPO", "FILE x"),
    ],
)  # fmt: skip
def test_a_network_may_not_name_files_of_the_computer(section: str, row: str) -> None:
    # EPANET 2.2 manual: HYDRAULICS USE/SAVE and MAP in [OPTIONS], FILE in [REPORT] take a file name.
    with pytest.raises(BadNetwork, match="Row 11"):
        network_of(text=f"{SMALL}[{section}]\n{row}\n")


def test_ordinary_options_stay_allowed() -> None:
    text = SMALL + "[OPTIONS]\n Headloss H-W\n Quality None mg/L\n[REPORT]\n Status No\n Summary No\n"

    assert network_of(text=text).kind is NetworkKind.PRESSURE
