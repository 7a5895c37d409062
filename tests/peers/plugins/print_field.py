"""A Comet plugin that prints one field of each event: for benchmarks, the work of `tests/guests/print-field`."""

from comet.icomet import IHandler
from twisted.plugin import IPlugin
from zope.interface import implementer


@implementer(IPlugin, IHandler)
class FieldPrinter:
    """Written as Comet's own print-event is."""

    name = "print-field"

    def __call__(self, event):
        """Prints the field, to Comet's log."""
        print("TrigID", event.element.find(".//Param[@name='TrigID']").get("value"))


print_field = FieldPrinter()
