using MudBlazor;

namespace CorpusForge.Host.Ui.Layout;

/// <summary>The two themes; `ui.js` picks one before the first paint, and no page waits for a circuit to be dark.</summary>
internal static class Themes
{
    private static readonly string[] s_fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "Noto Sans", "sans-serif"];

    public static MudTheme Light { get; } = new()
    {
        LayoutProperties = Layout,
        Typography = Type,
        PaletteLight = new PaletteLight
        {
            Primary = "#2456d6",
            Secondary = "#475569",
            Info = "#1d6fb8",
            Success = "#18794e",
            Warning = "#8a5a00",
            Error = "#c02434",
            Background = "#f6f7f9",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b2330",
            DrawerBackground = "#f6f7f9",
            DrawerText = "#3a4557",
            DrawerIcon = "#556072",
            TextPrimary = "#1b2330",
            TextSecondary = "#56617a",
            ActionDefault = "#56617a",
            LinesDefault = "#e2e5eb",
            LinesInputs = "#8b95a7",
            TableLines = "#e2e5eb",
            Divider = "#e2e5eb",
        },
    };

    public static MudTheme Dark { get; } = new()
    {
        PseudoCss = new PseudoCss { Scope = ":root[data-theme=dark]" },
        LayoutProperties = Layout,
        Typography = Type,
        PaletteDark = new PaletteDark
        {
            Primary = "#8fb0ff",
            PrimaryContrastText = "#0c1425",
            Secondary = "#a3afc4",
            Info = "#7cc0f5",
            InfoContrastText = "#0c1425",
            Success = "#5fd39b",
            SuccessContrastText = "#0c1425",
            Warning = "#f0b949",
            WarningContrastText = "#0c1425",
            Error = "#ff8a92",
            ErrorContrastText = "#0c1425",
            Background = "#10141c",
            Surface = "#181d28",
            AppbarBackground = "#181d28",
            AppbarText = "#e6eaf2",
            DrawerBackground = "#10141c",
            DrawerText = "#c4ccdb",
            DrawerIcon = "#97a3b8",
            TextPrimary = "#e6eaf2",
            TextSecondary = "#a3afc4",
            ActionDefault = "#a3afc4",
            LinesDefault = "#2b3242",
            LinesInputs = "#69758c",
            TableLines = "#2b3242",
            Divider = "#2b3242",
        },
    };

    private static LayoutProperties Layout => new() { DefaultBorderRadius = "8px", AppbarHeight = "52px" };

    private static Typography Type => new()
    {
        Default = new DefaultTypography { FontFamily = s_fonts, FontSize = ".9rem" },
        Button = new ButtonTypography { FontFamily = s_fonts, FontSize = ".875rem", TextTransform = "none", FontWeight = "600" },
    };
}
