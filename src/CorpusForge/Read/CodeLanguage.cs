using System.Collections.Frozen;
using System.Text;

namespace CorpusForge.Read;

/// <summary>The language of a source file by its name, else by its first line.</summary>
/// <remarks>Names are lower case. An extension that several languages share is given to the most common one.</remarks>
public static class CodeLanguage
{
    // Language, then the extensions, whole file names (with a capital or no dot) and, after '!', interpreters.
    private static readonly string[] s_table =
    [
        "ada .adb .ads", "agda .agda", "antlr .g4", "apex .cls .trigger", "applescript .applescript .scpt", "arduino .ino",
        "asciidoc .adoc .asciidoc", "assembly .asm .s .nasm", "autohotkey .ahk", "awk .awk !awk !gawk", "batchfile .bat .cmd",
        "bicep .bicep", "bison .y .yy", "c .c .h", "c++ .cpp .cc .cxx .c++ .hpp .hh .hxx .h++ .ipp .tpp", "cairo .cairo", "capnproto .capnp",
        "clojure .clj .cljs .cljc .edn", "cmake .cmake CMakeLists.txt", "cobol .cob .cbl .cpy", "coffeescript .coffee", "common-lisp .lisp .lsp .cl",
        "crystal .cr !crystal", "csharp .cs .csx", "css .css", "cuda .cu .cuh", "cython .pyx .pxd", "d .d", "dart .dart", "dhall .dhall",
        "diff .diff .patch", "dockerfile .dockerfile Dockerfile Containerfile", "elixir .ex .exs !elixir", "elm .elm", "emacs-lisp .el",
        "erlang .erl .hrl !escript", "fish .fish !fish", "forth .4th .fth", "fortran .f .f90 .f95 .f03 .f08 .for", "fsharp .fs .fsi .fsx",
        "gdscript .gd", "gherkin .feature", "gleam .gleam", "glsl .glsl .vert .frag .geom .comp", "go .go go.mod", "graphql .graphql .gql",
        "graphviz .dot .gv", "groovy .groovy .gradle Jenkinsfile !groovy", "haml .haml", "handlebars .hbs .handlebars", "haskell .hs .lhs !runhaskell",
        "haxe .hx", "hcl .hcl .tf .tfvars", "hlsl .hlsl .fx", "html .html .htm .xhtml", "idris .idr", "ini .ini .cfg .editorconfig", "java .java",
        "javascript .js .mjs .cjs .jsx !node !nodejs", "jinja .j2 .jinja .jinja2", "json .json .jsonc", "json5 .json5", "julia .jl !julia",
        "jupyter .ipynb", "just justfile Justfile", "kotlin .kt .kts", "lean .lean", "less .less", "liquid .liquid", "lua .lua !lua !luajit",
        "makefile .mk .mak Makefile makefile GNUmakefile !make", "markdown .md .markdown .mdx", "matlab .matlab", "meson meson.build",
        "metal .metal", "mojo .mojo", "msbuild .csproj .fsproj .vbproj .props .targets .proj", "nim .nim", "ninja .ninja", "nix .nix", "objective-c .m",
        "objective-c++ .mm", "ocaml .ml .mli !ocaml", "odin .odin", "opencl .opencl", "pascal .pas .pp .dpr", "perl .pl .pm .t !perl",
        "php .php .phtml !php", "plantuml .puml", "powershell .ps1 .psm1 .psd1 !pwsh", "prisma .prisma", "prolog .pro .prolog", "properties .properties",
        "protobuf .proto", "pug .pug .jade", "puppet .puppet", "purescript .purs", "python .py .pyi .pyw SConstruct !python !python2 !python3",
        "qml .qml", "r .r .rmd !Rscript", "racket .rkt !racket", "raku .raku .rakumod", "razor .razor .cshtml", "reasonml .re", "restructuredtext .rst",
        "ruby .rb .rake .gemspec Rakefile Gemfile !ruby", "rust .rs", "sass .sass", "scala .scala .sc !scala", "scheme .scm .ss", "scss .scss",
        "shell .sh .bash .zsh .ksh .bats !sh !bash !zsh !dash !ksh", "smalltalk .st", "smithy .smithy", "solidity .sol", "sparql .rq .sparql",
        "sql .sql", "standard-ml .sml", "starlark .bzl BUILD.bazel WORKSPACE", "stata .do .ado", "stylus .styl", "svelte .svelte", "swift .swift !swift",
        "systemverilog .sv .svh", "tcl .tcl !tclsh", "tex .tex .sty .bib", "thrift .thrift", "toml .toml", "turtle .ttl",
        "typescript .ts .mts .cts .tsx !deno !ts-node", "typst .typ", "vala .vala", "verilog .v .vh", "vhdl .vhd .vhdl", "vim-script .vim .vimrc",
        "visual-basic .vb .vbs .bas", "vue .vue", "webassembly .wat .wast", "wgsl .wgsl", "xml .xml .xsd .xsl .xslt .svg .resx .xaml .axaml",
        "yaml .yaml .yml", "yang .yang", "zig .zig",
    ];

    private static readonly FrozenDictionary<string, string> s_extensions = Entries(e => e[0] == '.', StringComparer.OrdinalIgnoreCase);
    private static readonly FrozenDictionary<string, string> s_names = Entries(e => e[0] is not '.' and not '!', StringComparer.Ordinal);
    private static readonly FrozenDictionary<string, string> s_interpreters = Entries(e => e[0] == '!', StringComparer.Ordinal);

    public static IReadOnlySet<string> All { get; } = s_table.Select(t => t.Split(' ')[0]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Null when neither the name nor the first line tells.</summary>
    public static string? Of(string fileName, ReadOnlySpan<byte> content)
    {
        if (s_names.TryGetValue(fileName, out var byName))
            return byName;
        if (Path.GetExtension(fileName) is { Length: > 1 } extension)
            return s_extensions.GetValueOrDefault(extension);
        return fileName.StartsWith("Dockerfile.", StringComparison.Ordinal) ? "dockerfile" : OfShebang(content);
    }

    private static string? OfShebang(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith("#!"u8))
            return null;
        var end = content.IndexOf((byte)'\n');
        var line = Encoding.Latin1.GetString(content[2..Math.Min(end < 0 ? content.Length : end, 256)]);
        foreach (var word in line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var name = word[(word.LastIndexOf('/') + 1)..];
            if (name == "env" || word.StartsWith('-') || word.Contains('='))
                continue;
            return s_interpreters.GetValueOrDefault("!" + name) ?? s_interpreters.GetValueOrDefault("!" + name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.'));
        }
        return null;
    }

    private static FrozenDictionary<string, string> Entries(Func<string, bool> which, StringComparer comparer) =>
        s_table.Select(t => t.Split(' ')).SelectMany(t => t.Skip(1).Where(which).Select(e => (Key: e, Language: t[0])))
            .ToFrozenDictionary(e => e.Key, e => e.Language, comparer);
}
