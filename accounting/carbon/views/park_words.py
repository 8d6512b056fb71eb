"""What people read for the codes of a park's balance."""

from django.utils.translation import gettext_lazy

WORDS = {
    "balance_state.PROVISIONAL": gettext_lazy("provisional"),
    "balance_state.CLOSED": gettext_lazy("closed"),
    "balance_state.VERIFIED": gettext_lazy("verified"),
    "category.ENERGY_IN": gettext_lazy("power and heat from outside"),
    "change.new": gettext_lazy("new line"),
    "change.changed": gettext_lazy("other version"),
    "change.gone": gettext_lazy("removed line"),
    "check.GREEN": gettext_lazy("agree"),
    "check.AMBER": gettext_lazy("differ by more than their uncertainty"),
    "check.RED": gettext_lazy("differ by more than twice their uncertainty"),
    "stage.OWN": gettext_lazy("the process itself"),
    "stage.ENERGY": gettext_lazy("energy supply of the park"),
    "stage.BOUGHT_ENERGY": gettext_lazy("power and heat from outside"),
    "stage.PRECURSORS": gettext_lazy("precursors made in the park"),
    "stage.TREATMENT": gettext_lazy("waste and water treatment"),
    "stage.UPSTREAM": gettext_lazy("goods from outside"),
    "stage.STOCK": gettext_lazy("stock of the month before"),
    "stream_kind.POWER": gettext_lazy("power"),
    "stream_kind.HEAT": gettext_lazy("heat"),
    "stream_kind.MATERIAL": gettext_lazy("material"),
    "stream_kind.SERVICE": gettext_lazy("service"),
    "node_kind.PRODUCTION": gettext_lazy("production"),
    "node_kind.ENERGY": gettext_lazy("energy supply"),
    "node_kind.TREATMENT": gettext_lazy("treatment"),
    "node_kind.STORAGE": gettext_lazy("store"),
    "node_kind.SITE": gettext_lazy("site"),
    "bridge.direct emissions as reported less as in the park": gettext_lazy(
        "direct emissions: as reported less as in the park"
    ),
    "bridge.direct emissions outside the park's nodes": gettext_lazy("direct emissions outside the park's nodes"),
    "bridge.net energy at the prescribed less at the real factor": gettext_lazy(
        "net energy: at the prescribed less at the real factor"
    ),
    "bridge.meters reconciled": gettext_lazy("meters reconciled"),
    "bridge.energy into stores": gettext_lazy("energy into stores"),
    "bridge.imported energy at the pool's less at its own factor": gettext_lazy(
        "energy from outside: at the pool's less at its own factor"
    ),
    "bridge.imported goods, not in statutory totals": gettext_lazy("goods from outside, not in statutory totals"),
    "bridge.stock carried over from the month before": gettext_lazy("stock of the month before"),
    "bridge.energy sold outside": gettext_lazy("energy sold outside"),
    "bridge.energy lost, and meter differences": gettext_lazy("energy lost, and meter differences"),
    "error.balance.negative_flow": gettext_lazy("A flow is negative."),
    "error.balance.unbalanced": gettext_lazy("What flows in and what is taken differ by more than meters may."),
    "error.balance.unknown_stream": gettext_lazy("A stream or node is not in the register."),
    "error.balance.fraction": gettext_lazy("A share lies outside 0 to 1."),
    "error.balance.allocation_shares": gettext_lazy("Allocation shares do not sum to 1."),
    "error.balance.no_allocation": gettext_lazy("A node makes several streams and no allocation was chosen that fits."),
    "error.balance.double_metering": gettext_lazy("Buyer and seller metered differently."),
    "error.balance.nothing_delivered": gettext_lazy("Something flows in and nobody takes it."),
    "error.balance.closed_loop": gettext_lazy("Nothing leaves a loop of streams."),
    "error.balance.nothing_entered": gettext_lazy("Nobody entered activity data of this month."),
    "error.bridge.open": gettext_lazy("The bridge does not close."),
    "error.flow.no_stream": gettext_lazy("The line names no stream."),
    "error.factor.unknown": gettext_lazy("There is no such factor."),
    "error.factor.no_provincial_value": gettext_lazy(
        "The province has no value of this year; none is put in its place."
    ),
    "error.unit.dimension": gettext_lazy("The unit does not fit."),
    "error.line.unknown_kind": gettext_lazy("The method of the enterprise does not know this kind of line."),
    "error.line.missing_value": gettext_lazy("A value is missing and the method has no default."),
    "error.line.open_question": gettext_lazy("Both routes are shown, neither is counted."),
    "error.what_if.no_import": gettext_lazy(
        "The stream is not brought in from outside, so nothing says who would make more of it."
    ),
    "table.accounting_stream": gettext_lazy("stream"),
    "table.accounting_processnode": gettext_lazy("process node"),
    "table.accounting_nodeallocation": gettext_lazy("allocation"),
    "table.accounting_reportingmethod": gettext_lazy("reporting method"),
}
