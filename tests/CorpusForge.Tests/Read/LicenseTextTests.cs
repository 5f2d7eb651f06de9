using CorpusForge.Read;
using Xunit;

namespace CorpusForge.Tests.Read;

public class LicenseTextTests
{
    // The distinctive fragments only, in the wild spacing and case of real files; a full text has them all.
    public static TheoryData<string, string?> Texts => new()
    {
        { "Permission is hereby granted, free of charge, to any person obtaining a copy … to deal\n in the Software without restriction … "
            + "shall be included in all\n * copies or substantial portions … PROVIDED \"AS IS\"", "MIT" },
        { "Permission is hereby granted, free of charge, to any person obtaining a copy", null },
        { "ISC: Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted … appear in all copies … PROVIDED \"AS IS\"", "ISC" },
        { "Redistribution and use in source and binary forms … Redistributions of source code must retain … Redistributions in binary form must reproduce … PROVIDED BY … \"AS IS\" AND ANY EXPRESS OR IMPLIED WARRANTIES", "BSD-2-Clause" },
        { "Redistribution and use in source and binary forms … Redistributions of source code must retain … Redistributions in binary form must reproduce … "
            + "neither the name … to endorse or promote products derived from … PROVIDED BY … \"AS IS\" AND ANY EXPRESS OR IMPLIED WARRANTIES", "BSD-3-Clause" },
        { "Apache License\n Version 2.0, January 2004 … TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION … Grant of Patent License … Limitation of Liability", "Apache-2.0" },
        { "Mozilla Public License Version 2.0 … Covered Software … Distribution of Source Form … Disclaimer of Warranty", "MPL-2.0" },
        { "This is free and unencumbered software released into the public domain. Anyone is free to copy, modify, publish", "Unlicense" },
        { "Redistribution and use in source and binary forms … Redistributions of source code must retain … Redistributions in binary form must reproduce … "
            + "acknowledgment … to endorse or promote products derived from … may not be called … \"AS IS\" AND ANY EXPRESS OR IMPLIED WARRANTIES", null },
        { "", null },
        { "All rights reserved.", null },
    };

    [Theory, MemberData(nameof(Texts))]
    public void A_licence_is_told_by_its_phrases(string text, string? id) => Assert.Equal(id, LicenseText.Recognize(text));

    [Fact]
    public void A_rider_a_second_licence_or_much_more_text_make_it_uncertain()
    {
        var mit = (string)Texts.First().Data.Item1;
        Assert.Null(LicenseText.Recognize(mit + " Commons Clause"));
        Assert.Null(LicenseText.Recognize(mit + " The watermark must not be removed."));
        Assert.Null(LicenseText.Recognize(mit + (string)Texts.ElementAt(2).Data.Item1));
        Assert.Null(LicenseText.Recognize(mit + string.Concat(Enumerable.Repeat(" word", 300))));
    }
}
