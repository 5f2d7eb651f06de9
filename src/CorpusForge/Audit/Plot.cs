namespace CorpusForge.Audit;

/// <summary>Draws the plots of a report as inline SVG: it needs no fonts and no script, and takes its colours from the page.</summary>
/// <remarks>Each has a title and a description for those who do not see it. Widths are in units of the viewBox, which the page scales.</remarks>
internal static class Plot
{
    private const double Width = 560;
    private const double Left = 48;
    private const double Right = Width - 14;

    /// <summary>A bar for each row, to scale from zero.</summary>
    public static Html Bars(string id, string title, IReadOnlyList<(string Label, double Value, string Text)> rows)
    {
        const double row = 26, label = 168, room = 110;
        var most = Math.Max(double.Epsilon, rows.Select(r => r.Value).DefaultIfEmpty(0).Max());
        var bars = rows.Select((r, i) =>
        {
            double y = i * row, width = Math.Max(r.Value > 0 ? 1.5 : 0, (Width - label - room) * (r.Value / most));
            return Html.Of($"<text x=\"{label - 8}\" y=\"{y + 17}\" text-anchor=\"end\">{Cut(r.Label, 18)}</text><rect class=\"bar\" x=\"{label}\" y=\"{y + 4}\" width=\"{width}\" height=\"18\" rx=\"2\"/><text class=\"value\" x=\"{label + width + 7}\" y=\"{y + 17}\">{r.Text}</text>");
        });
        return Frame(id, title, string.Join("; ", rows.Select(r => $"{r.Label}: {r.Text}")), (rows.Count * row) + 2, Html.Join(bars));
    }

    /// <summary>A point with its interval for each row, beside a line at zero; what it is of stands above it.</summary>
    public static Html Forest(string id, string title, string axis, IReadOnlyList<(string Label, string Of, double Value, double Low, double High)> rows)
    {
        const double row = 44, text = 18, mark = 32;
        var bottom = rows.Count * row;
        var x = new Scale(Math.Min(0, rows.Min(r => r.Low)), Math.Max(0, rows.Max(r => r.High)), Left, Right - 10);
        var ticks = Html.Each(x.Ticks, t => Html.Of($"<text x=\"{x.At(t)}\" y=\"{bottom + 18}\" text-anchor=\"middle\">{Readable.Number(t, 1)}</text>"));
        var marks = rows.Select((r, i) =>
        {
            var y = i * row;
            return Html.Of($"<text x=\"2\" y=\"{y + text}\"><tspan class=\"value\">{r.Label}</tspan> {Cut(r.Of, Math.Max(1, 62 - r.Label.Length))}</text>{Html.Each(x.Ticks, t => Html.Of($"<line class=\"grid\" x1=\"{x.At(t)}\" x2=\"{x.At(t)}\" y1=\"{y + mark - 8}\" y2=\"{y + mark + 8}\"/>"))}<line class=\"level\" x1=\"{x.At(0)}\" x2=\"{x.At(0)}\" y1=\"{y + mark - 8}\" y2=\"{y + mark + 8}\"/><line class=\"line s0\" x1=\"{x.At(r.Low)}\" x2=\"{x.At(r.High)}\" y1=\"{y + mark}\" y2=\"{y + mark}\"/><circle class=\"dot s0\" cx=\"{x.At(r.Value)}\" cy=\"{y + mark}\" r=\"4\"/>");
        });
        return Frame(id, title, string.Join("; ", rows.Select(r => $"{r.Label}, {r.Of}: {Readable.Number(r.Value, 1)} ({Readable.Number(r.Low, 1)} to {Readable.Number(r.High, 1)})")), bottom + 44,
            Html.Of($"{Html.Join(marks)}{ticks}<text class=\"axis\" x=\"{Width / 2}\" y=\"{bottom + 38}\" text-anchor=\"middle\">{axis}</text>"));
    }

    /// <summary>A column for each bin.</summary>
    public static Html Histogram(string id, string title, string axis, IReadOnlyList<Bin> bins)
    {
        const double top = 12, bottom = 190, height = 228, widest = 64;
        var scale = new Scale(0, bins.Max(b => b.Count), bottom, top);
        var step = Math.Min(widest, (Right - Left) / bins.Count);
        var every = (int)Math.Ceiling(bins.Count / 10.0);
        var columns = bins.Select((b, i) =>
        {
            double x = Left + (i * step), y = scale.At(b.Count);
            var label = i % every == 0
                ? Html.Of($"<text x=\"{x + (step / 2)}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{Readable.Short(b.To)}</text>")
                : Html.Empty;
            return Html.Of($"<rect class=\"bar\" x=\"{x + 1.5}\" y=\"{(b.Count > 0 ? Math.Min(y, bottom - 1.5) : bottom)}\" width=\"{Math.Max(1, step - 3)}\" height=\"{(b.Count > 0 ? Math.Max(1.5, bottom - y) : 0)}\"><title>{RangeOf(b)}: {b.Count}</title></rect>{label}");
        });
        var marks = Html.Of($"{Grid(scale)}{Html.Join(columns)}<text class=\"axis\" x=\"{(Left + Right) / 2}\" y=\"{height - 4}\" text-anchor=\"middle\">{axis}</text>");
        return Frame(id, title, string.Join("; ", bins.Select(b => $"{RangeOf(b)}: {Readable.Count(b.Count)}")), height, marks);
    }

    /// <summary>Lines over a common axis, and level lines to compare them with.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="axis">What x is.</param>
    /// <param name="series">Each with a point for every x where it was measured; the names are the legend, in order of the classes s0, s1, ….</param>
    /// <param name="level">A value to compare with.</param>
    public static Html Lines(
        string id, string title, string axis, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> series, (string Name, double Y)? level)
    {
        const double top = 40, bottom = 262, height = 300;
        var points = series.SelectMany(s => s.Points).ToArray();
        var values = points.Select(p => p.Y).Concat(level is { } l ? [l.Y] : []).DefaultIfEmpty(0).ToArray();
        var y = new Scale(Math.Min(0, values.Min()), values.Max(), bottom, top);
        var x = new Scale(points.Select(p => p.X).DefaultIfEmpty(0).Min(), points.Select(p => p.X).DefaultIfEmpty(1).Max(), Left, Right, tight: true);
        var names = series.Select(s => s.Name).Concat(level is { } line ? [line.Name] : []).ToArray();
        var legend = names.Select((name, i) =>
        {
            var at = Left + names.Take(i).Sum(n => (n.Length * 9.6) + 30);
            return Html.Of($"<line class=\"{ClassOf(i, series.Count)}\" x1=\"{at}\" x2=\"{at + 20}\" y1=\"14\" y2=\"14\"/><text x=\"{at + 26}\" y=\"18\">{name}</text>");
        });
        var lines = series.Select((s, i) => Html.Of(
            $"<polyline class=\"{ClassOf(i, series.Count)}\" points=\"{Html.Each(s.Points, p => Html.Of($"{x.At(p.X)},{y.At(p.Y)} "))}\"/>{(s.Points.Count <= 40 ? Html.Each(s.Points, p => Html.Of($"<circle class=\"dot {ClassOf(i, series.Count)}\" cx=\"{x.At(p.X)}\" cy=\"{y.At(p.Y)}\" r=\"2.5\"/>")) : Html.Empty)}"));
        var at = level is { } c ? Html.Of($"<line class=\"{ClassOf(series.Count, series.Count)}\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{y.At(c.Y)}\" y2=\"{y.At(c.Y)}\"/>") : Html.Empty;
        var ticks = Html.Each(x.Ticks, t => Html.Of($"<text x=\"{x.At(t)}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{Readable.Short(t)}</text>"));
        var says = series.Select(s => s.Points.Count == 0 ? $"{s.Name}: none" : $"{s.Name}: from {Readable.Number(s.Points[0].Y)} to {Readable.Number(s.Points[^1].Y)}")
            .Concat(level is { } u ? [$"{u.Name}: {Readable.Number(u.Y)}"] : []);
        return Frame(id, title, string.Join("; ", says), height,
            Html.Of($"{Grid(y)}{ticks}{at}{Html.Join(lines)}{Html.Join(legend)}<text class=\"axis\" x=\"{(Left + Right) / 2}\" y=\"{height - 4}\" text-anchor=\"middle\">{axis}</text>"));
    }

    /// <summary>A small bar for a cell of a table.</summary>
    public static Html Spark(double share) => Html.Of(
        $"<svg class=\"spark\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\"/><rect class=\"bar\" width=\"{Math.Clamp(share * 100, 0, 100)}\" height=\"10\"/></svg>");

    private static Html Frame(string id, string title, string description, double height, Html marks) => Html.Of(
        $"<svg class=\"plot\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-text\"><title id=\"{id}-title\">{title}</title><desc id=\"{id}-text\">{description}</desc>{marks}</svg>");

    private static Html Grid(Scale y) => Html.Each(y.Ticks, t => Html.Of(
        $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{y.At(t)}\" y2=\"{y.At(t)}\"/><text x=\"{Left - 6}\" y=\"{y.At(t) + 4}\" text-anchor=\"end\">{Readable.Short(t)}</text>"));

    private static string ClassOf(int index, int series) => index == series ? "level" : $"line s{index}";

    private static string RangeOf(Bin bin) => bin.From == bin.To ? Readable.Count(bin.From) : $"{Readable.Count(bin.From)}–{Readable.Count(bin.To)}";

    private static string Cut(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    /// <summary>Maps values to positions, over round limits unless it is tight.</summary>
    private sealed class Scale
    {
        private readonly double _from, _to, _start, _end;

        public Scale(double from, double to, double start, double end, bool tight = false)
        {
            if (to <= from)
                to = from + 1;
            var raw = (to - from) / 4;
            var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
            var step = power * ((raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
            (_from, _to, _start, _end) = tight ? (from, to, start, end) : (Math.Floor(from / step) * step, Math.Ceiling(to / step) * step, start, end);
            Ticks = [.. Enumerable.Range(0, 12).Select(i => (Math.Ceiling(_from / step) + i) * step).Where(t => t <= _to + (step * 1e-9))];
        }

        public IReadOnlyList<double> Ticks { get; }

        public double At(double value) => _start + ((value - _from) / (_to - _from) * (_end - _start));
    }
}
