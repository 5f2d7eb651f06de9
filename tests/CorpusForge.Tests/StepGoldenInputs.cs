using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace CorpusForge.Tests;

/// <summary>The fixed input of <see cref="StepGoldenTests"/>: small documents of all kinds, good and bad.</summary>
/// <remarks>Adding or changing one changes every golden digest; append rather than edit, and never in the same change as a step.</remarks>
internal static class StepGoldenInputs
{
    private const string Prose =
        "The ferry left the northern bank before sunrise, and nobody on it spoke. Mr. Harrow counted the lamps on the far shore: "
        + "there were 14 of them, two more than yesterday. \"That will be the engineers,\" said the pilot, who had been asked to say nothing.\n\n"
        + "By noon the fog had gone. The river, brown with the rain of the hills, carried branches and a broken door; the children gave each "
        + "of these a name. They would have gone on for hours, but the bell rang. It was time to eat, and then to sleep, and then to row back.\n\n"
        + "Nobody could say later who had untied the boat. It was found three days afterwards, 12.5 km downstream, dry and without a scratch!";

    private static readonly string s_list = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"- Item {i % 7}: buy now..."));

    private const string Personal =
        "Write to anna.miller@example.org or call +44 20 7946 0018 before Friday.\nThe server at 203.0.113.77 and [2001:db8::17] is down; "
        + "10.0.0.1 is not.\nPay to DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111. My key is AKIAIOSFODNN7EXAMPLE.";

    private const string Broken = "CafÃ© prices rose by 5â€“10 %\u0000 &amp; nobody \u200Bknew why.\r\nItâ€™s the \uFB01nal  offer\u00AD.\ufffd \ud800 end";

    private const string Page =
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The ferry</title><meta name=robots content=noai>"
        + "<link rel=license href=https://creativecommons.org/licenses/by/4.0/></head><body><nav><a href=/>Home</a> <a href=/all>All</a></nav>"
        + "<article><h1>The ferry</h1><p>The ferry left the northern bank before sunrise, and nobody on it spoke a word until noon.</p>"
        + "<p>By noon the fog had gone, and the river carried branches and a broken door past the landing stage.</p>"
        + "<ul><li>First <b>bold</b> item</li><li>Second item</li></ul><table><tr><th>Day</th><th>Lamps</th></tr><tr><td>Monday</td><td>14</td></tr></table>"
        + "<pre><code>row(boat);\n  rest();</code></pre><figure><img src=/ferry.png alt='The ferry at dawn'><figcaption>The ferry at dawn</figcaption></figure>"
        + "</article><footer>We use cookies. <a href=/privacy>Privacy policy</a></footer><script>track({a: 1});</script></body></html>";

    private const string Code =
        "// SPDX-License-Identifier: MIT\n// Copyright (c) 2020 Nobody <nobody@example.org>\nusing System;\n\nnamespace River;\n\n"
        + "/// <summary>Rows.</summary>\npublic static class Boat\n{\n    public static int Row(int strokes) => strokes * 2; // TODO: tide\n}\n";

    /// <summary>A page of sixty blocks of which hardly one is surely content or surely not: another model chooses others.</summary>
    private static string Mixed(ulong seed)
    {
        var random = new SplitMix64(seed);
        string[] words = Prose.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var html = new StringBuilder("<title>The ferry</title><body>");
        for (var i = 0; i < 60; i++)
        {
            var tag = Pick("p div li td h2 span blockquote section".Split(' '), ref random);
            var text = string.Join(' ', words.Skip((int)random.Next((ulong)words.Length / 2)).Take(1 + (int)random.Next(30)));
            text = random.Next(4) == 0 ? $"<a href=/{i}>{text}</a>" : text;
            html.Append(CultureInfo.InvariantCulture, $"<div class='{Pick("main entry post card item meta related sidebar comment promo list teaser note author".Split(' '), ref random)}'><{tag}>{text}</{tag}></div>");
        }
        return html.ToString();

        static string Pick(string[] from, ref SplitMix64 random) => from[random.Next((ulong)from.Length)];
    }

    public static IReadOnlyList<Document> Documents { get; } =
    [
        .. new[]
        {
            "", " \n\t\n ", "One.", Prose, Prose + "\n\n" + Prose, s_list, Personal, Broken, Page,
            "Lorem ipsum dolor sit amet, and the rest is { braces }.",
            "Il fiume era alto e nessuno parlava. La barca partì prima dell'alba, con quattordici lampade accese sulla riva lontana.",
            "Die Fähre fuhr vor Sonnenaufgang. Niemand sprach, und über dem Fluss lag Nebel; man zählte vierzehn Lichter am anderen Ufer.",
            "渡し船は夜明け前に出た。誰も話さなかった。川は茶色く、枝を運んでいた。", "เรือข้ามฟากออกก่อนรุ่งสาง ไม่มีใครพูด", "غادرت العبّارة قبل الفجر، ولم يتكلم أحد.",
            "Паром ушёл до рассвета. Никто не говорил ни слова, и туман лежал над рекой.", "😀😀 🇫🇷 \ud800 x\udc00 a\u0301",
            "You are a wonderful crew. I hate the fog, it is stupid and horrible.",
        }.Select((text, i) => Of(Kind.Text, text, i)),
        Of(Kind.Text, Prose, 100) with { License = "MIT", Url = "https://news.blocked.example/a", Language = "en", LanguageScore = 0.9, Toxicity = 0.1 },
        Of(Kind.Text, Prose, 101) with { License = "GPL-3.0-only OR CC-BY-4.0", Url = "https://free.example/b", Language = "de", LanguageScore = 0.4, Toxicity = 0.95 },
        Of(Kind.Text, Prose, 102) with { License = "Apache-2.0 AND MIT", Metadata = Document.NoMetadata.Add("author", "Nobody") },
        Of(Kind.Code, Code, 200) with { Language = "c#", License = "MIT" },
        Of(Kind.Code, "{ \"a\": [1, 2, 3] }", 201) with { Language = "json" },
        Of(Kind.Code, Page, 202) with { Language = "html" },
        Of(Kind.Code, "x = \"" + new string('A', 2000) + "\"\n", 203) with { Language = "python", License = "GPL-3.0-only" },
        Of(Kind.Code, "<?xml version=\"1.0\"?>\n<a><b>text of the file</b></a>\n", 204) with { Language = "java" },
        Of(Kind.Caption, "The ferry at dawn, seen from the landing stage", 300) with { Image = Picture(640, 480) },
        Of(Kind.Caption, "IMG_0417.JPG", 301) with { Image = Picture(640, 480) },
        Of(Kind.Caption, "A long thin banner of the river", 302) with { Image = Picture(1200, 200) },
        Of(Kind.Caption, "boat boat boat boat", 303),
    ];

    public static IReadOnlyList<RawDocument> RawDocuments { get; } =
    [
        .. new (string? Type, byte[] Bytes)[]
        {
            ("text/html", Encoding.UTF8.GetBytes(Page)),
            ("text/html", Encoding.Latin1.GetBytes("<title>Caf\u00e9</title><p>Le caf\u00e9 est ferm\u00e9, et personne ne sait pourquoi.</p>")),
            ("text/html", []),
            ("application/xhtml+xml", Encoding.UTF8.GetBytes("<html xmlns='http://www.w3.org/1999/xhtml'><body><p>The river rose.</p><p>It fell.</p></body></html>")),
            ("text/plain", Encoding.UTF8.GetBytes(Prose)),
            ("text/plain", Encoding.Unicode.GetBytes("\uFEFFThe river rose.")),
            ("text/plain", [0xFF, 0xFE, 0x00, 0x80, 0x81]),
            ("text/markdown", Encoding.UTF8.GetBytes("# The ferry\n\nIt *left*.\n")),
            ("application/json", Encoding.UTF8.GetBytes("{\"text\": \"The river rose.\"}")),
            ("application/pdf", Encoding.ASCII.GetBytes("%PDF-1.4 nothing")),
            (null, Encoding.UTF8.GetBytes(Page)),
            (null, Encoding.UTF8.GetBytes(Prose)),
        }.Select((raw, i) => Raw(Kind.Text, raw.Type, raw.Bytes, i)),
        Raw(Kind.Code, "text/x-csharp", Encoding.UTF8.GetBytes(Code), 100) with { Language = "c#" },
        Raw(Kind.Code, null, Encoding.UTF8.GetBytes(Code), 101) with { Language = "c#" },
        Raw(Kind.Caption, "image/png", OnePixelPng, 200) with { Caption = "The ferry at dawn" },
        Raw(Kind.Caption, "image/png", OnePixelPng[..20], 201) with { Caption = "Half a picture" },
        Raw(Kind.Caption, null, [], 202) with { Caption = "No picture" },
        .. Enumerable.Range(1, 6).Select(seed => Raw(Kind.Text, "text/html", Encoding.UTF8.GetBytes(Mixed((ulong)seed)), 300 + seed)),
    ];

    private static byte[] OnePixelPng => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static Document Of(Kind kind, string text, int row) => new()
    {
        Id = Document.IdOf($"golden@{row}", []),
        Kind = kind,
        Text = text,
        Source = "golden",
        Locator = $"golden@{row}",
    };

    private static RawDocument Raw(Kind kind, string? mediaType, byte[] bytes, int row) => new()
    {
        Kind = kind,
        Source = "golden",
        Locator = $"golden@{row}",
        Url = $"https://golden.example/{row}",
        Bytes = bytes,
        MediaType = mediaType,
        Metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
    };

    private static Image Picture(int width, int height) => new()
    {
        Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([1])),
        MediaType = "image/png",
        Width = width,
        Height = height,
    };
}
