package dev.kneepoint.samples.report;

import java.util.List;

/**
 * The chart of the parts of a step as the template sees it.
 *
 * @param label of the list of choices
 * @param number of the figures that it draws among those of the page
 * @param ran whether there is a step to show
 * @param choices what to show the parts of
 * @param table all of them
 */
record PartsView(String label, int number, boolean ran, List<Choice> choices, Table table) {
    /** A series of figures; {@code index} is its place among them. */
    record Choice(int index, String name, boolean selected) {}
}
