using CorpusForge.Clean.Pii;
using Xunit;

namespace CorpusForge.Tests.Clean.Pii;

public class PiiScannerTests(ITestOutputHelper output)
{
    private static readonly PiiType[] s_all = Enum.GetValues<PiiType>();

    private static string[] Found(string text, bool code = false, string? language = null) =>
        [.. (PiiScanner.Scan(text, new PiiScope(s_all, code, DialingRegions.Of(language ?? ""))) ?? []).Select(s => $"{s.Type}:{text.Substring(s.Start, s.Length)}")];

    [Theory]
    [InlineData("<a_b@mail.de>,c@d.fr", "Email:a_b@mail.de", "Email:c@d.fr")]
    [InlineData("mailto:Ann@Mill.COM?subject=x", "Email:Ann@Mill.COM")]
    [InlineData("...ann@mill.com...", "Email:ann@mill.com")]
    [InlineData("Ask o'neil@mill.ie.Then wait", "Email:o'neil@mill.ie")]
    [InlineData("Ask j.k-o'neil@mill.ie", "Email:j.k-o'neil@mill.ie")]
    [InlineData("ann.lee [at] mill [dot] co [dot] uk, or bo(at)mill.com.", "Email:ann.lee [at] mill [dot] co [dot] uk", "Email:bo(at)mill.com")]
    [InlineData("ann AT mill-works DOT com and bo {at} mill dot de", "Email:ann AT mill-works DOT com", "Email:bo {at} mill dot de")]
    [InlineData("请写信给li@post.cn谢谢", "Email:li@post.cn")]
    [InlineData("jörg.müller@bücher.de", "Email:jörg.müller@bücher.de")]
    [InlineData("postgres://app:s3cr3t@db.mill.com/x", "Key:s3cr3t")]
    [InlineData("many are here: ann(chiocciola)mill.it", "Email:ann(chiocciola)mill.it"), InlineData("ann [małpa] mill.pl", "Email:ann [małpa] mill.pl"), InlineData("ann (собака) mill.ru", "Email:ann (собака) mill.ru"), InlineData("ann(arrobas)mill.es, ann(arroba)mill.es", "Email:ann(arroba)mill.es"), InlineData("bob[at]mill.org or (arobase) ann(ät)mill.de", "Email:bob[at]mill.org", "Email:ann(ät)mill.de")]
    public void Finds_email_addresses(string text, params string[] expected) => Assert.Equal(expected, Found(text));

    [Theory]
    [InlineData("@ann and ann@ and a@b and @"), InlineData("root@localhost"), InlineData("git@github.com:ann/mill.git"), InlineData("icon@2x.png"), InlineData("npm i mill@1.2.3")]
    [InlineData("a@.com"), InlineData("a@-b.com"), InlineData("email@example.com"), InlineData("a..b@@c.de"), InlineData("@media (x)")]
    [InlineData("10.20.30.40"), InlineData("192.168.17.1"), InlineData("127.0.0.1"), InlineData("172.16.31.5"), InlineData("100.64.1.99"), InlineData("169.254.12.13"), InlineData("224.0.0.251"), InlineData("255.255.255.255")]
    [InlineData("1.2.3.4"), InlineData("2.5.29.14"), InlineData("12.1.1.3"), InlineData("v11.22.33.44"), InlineData("version 11.22.33.44"), InlineData("11.22.33.0"), InlineData("11.22.33.44-beta"), InlineData("11.22.33.44.55"), InlineData("01.02.2003.04"), InlineData("11.22.33.044")]
    [InlineData("256.22.33.44"), InlineData("11.22.33"), InlineData("11.22.33.4444"), InlineData("11..22.33"), InlineData("1.5 and 2.5"), InlineData("x11.22.33.44"), InlineData("11.22.33.44x"), InlineData("fe80::1"), InlineData("12:30:45"), InlineData("2001:30:45")]
    [InlineData("DE88 3704 0044 0532 0130 00"), InlineData("4111 1111 1111 1112"), InlineData("0.4111111111111111"), InlineData("9111 1111 1111 1111"), InlineData("id=4111111111111111&x")]
    [InlineData("12345678B"), InlineData("529.982.247-26"), InlineData("000-12-3456"), InlineData("123-45-67890"), InlineData("1234 5678 9012"), InlineData("ISBN 978-3-16-148410-0"), InlineData("85010112345 items")]
    [InlineData("1BoatSLRHtKNngkdXEeobR76b53LETtpyX"), InlineData("0x0000000000000000000000000000000000000001"), InlineData("0x52908400098527886E0F7030069857D2E4169Ee7"), InlineData("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx")]
    [InlineData("On 2023-05-12 and 12.05.2023, 1914-1918"), InlineData("It cost 1 234 567 890 in 2019"), InlineData("call 911"), InlineData("text 1 2 3 4 5 6 7 8"), InlineData("(2000–01) 34.6"), InlineData("Contact\n\n© 2005-2026 All rights"), InlineData("10 000 000 people in 25 000 towns"), InlineData("lat 40.712776, -74.005974")]
    [InlineData("password = \"changeme1\""), InlineData("password: ${DB_PASSWORD_1}"), InlineData("token = session_token_v2_of_the_user"), InlineData("the token 2 of 3"), InlineData("password: your_password_123")]
    [InlineData("https://user:${PASS1}@host.invalid/"), InlineData("commit 3f786850e387550fdab836ed7e6dc881de23001b"), InlineData("sk-learn-contrib-project-2"), InlineData("see 12 Maple Street in 1998")]
    [InlineData("look (at) this"), InlineData("LOOK AT THIS. NOW"), InlineData("(at) 5 p.m. and x [at] y"), InlineData("see [at] a.1"), InlineData("a[at] [dot] b"), InlineData("// 20.11.5.3 arithmetic"), InlineData("from the standard [15.5.4.11]"), InlineData("publicKeyToken=\"1fc8b3b9a1e18e3b\""), InlineData("Phone books of 1985-1990 are in boxes 1204-1210")]
    [InlineData("JAN 4901234567894"), InlineData("check us out at slate dot com"), InlineData("the IEEE Standard 1003.1-2001"), InlineData("Boston, MA 02110-1301, USA"), InlineData("\"AWS::ApiGateway::ApiKey\": \"48205d4ffd7feba3\""), InlineData("MLKEM768X25519PrivateKey = rust_openssl.hpke.MLKEM768X25519PrivateKey")]
    [InlineData("CNPJ 17.989.352/0001-15"), InlineData("CNPJ Q8.B7R.XY9/0001-97"), InlineData("17989352000114 items"), InlineData("dowód ABA300001"), InlineData("Rentenversicherungsnummer 65 170839 J 004"), InlineData("NSS 28 12345678 41"), InlineData("Emirates 784-1990-1234567-8")]
    [InlineData("via dei mille 8, anno 1860"), InlineData("on 12 long way home, in or 12345"), InlineData("Calle Mayor 15 y 16"), InlineData("ul. Długa 15 i 16"), InlineData("ул. Ленина, д. 12 и 14"), InlineData("hauptstraße 7, 12 häuser"), InlineData("hf_scheduler_configuration_step_values")]
    [InlineData("postgres://user:password@localhost:5432/mydb"), InlineData("HKID Z987388(2)"), InlineData("CNP 2790408123450"), InlineData("rue de la Paix 12, 1998 et plus"), InlineData("Moved('HTTPPasswordMgr', 'urllib2')")]
    [InlineData("12 Cedar Row, Albany 1998"), InlineData("In Room 12, 10000 Visitors came"), InlineData("Chapter 3, 2000 Leagues"), InlineData("8000 av dei 15600 buarane"), InlineData("Lange Straße 5, 1998 gebaut"), InlineData("am 3. Mai 12, 20 000 Menschen")]
    [InlineData("S3_KEY = 'uploads/2024/03/report-v2.pdf'"), InlineData("X_URI_KEY = 'fs.s3.cse.materialsProvider.uri'"), InlineData("SORT_KEY = 'created_at_desc_v2_name'"), InlineData("https://a.example/?key=value1&sig=none"), InlineData("0x1234567890123456789012345678901234567890")]
    [InlineData("GDAAHF57DPDO5RZRBQL4ZMZQA5PFP3IU3QA3XPKL5GXWACK5R7LW5U4Z"), InlineData("Bestellnr. 0711-4471-22"), InlineData("$2y$10 is its price"), InlineData("IRD 49-091-851"), InlineData("Solana 4471")]
    public void Leaves_what_is_nobodys(string text) => Assert.Empty(Found(text));

    [Theory]
    [InlineData("from 8.18.34.8:53", "IpAddress:8.18.34.8"), InlineData("81.2.69.142/24", "IpAddress:81.2.69.142"), InlineData("(2a00:1450:4001:81b::200e).", "IpAddress:2a00:1450:4001:81b::200e")]
    [InlineData("host 23.22.13.14", "IpAddress:23.22.13.14"), InlineData("23.22.13.14:80", "IpAddress:23.22.13.14"), InlineData("SID=AC0f3a5b7c9d1e2f4a6b8c0d2e4f6a8b0c", "Key:AC0f3a5b7c9d1e2f4a6b8c0d2e4f6a8b0c")]
    [InlineData("GB29NWBK60161331926819", "Iban:GB29NWBK60161331926819"), InlineData("fr14 2004 1010 0505 0001 3M02 606", "Iban:fr14 2004 1010 0505 0001 3M02 606")]
    [InlineData("3782 822463 10005", "Card:3782 822463 10005"), InlineData("5555555555554444", "Card:5555555555554444"), InlineData("cc=4111111111111111&cvv=1", "Card:4111111111111111")]
    [InlineData("DNI 12345678Z", "NationalId:12345678Z"), InlineData("X1234567L", "NationalId:X1234567L"), InlineData("RSSMRA85T10A562S", "NationalId:RSSMRA85T10A562S"), InlineData("529.982.247-25", "NationalId:529.982.247-25")]
    [InlineData("BSN: 111222333", "NationalId:111222333"), InlineData("PESEL 44051401359", "NationalId:44051401359"), InlineData("811218-9876", "NationalId:811218-9876"), InlineData("11010519491231002X", "NationalId:11010519491231002X")]
    [InlineData("131052-308T", "NationalId:131052-308T"), InlineData("756.9217.0769.85", "NationalId:756.9217.0769.85"), InlineData("1 85 05 78 006 084 91", "NationalId:1 85 05 78 006 084 91"), InlineData("S1234567D", "NationalId:S1234567D"), InlineData("12.345.678-5", "NationalId:12.345.678-5")]
    [InlineData("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "Wallet:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"), InlineData("0x52908400098527886E0F7030069857D2E4169EE7", "Wallet:0x52908400098527886E0F7030069857D2E4169EE7"), InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "Wallet:0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("password: \"tr0ub4dor&3\"", "Key:tr0ub4dor&3"), InlineData("my password is Kx9-vv2Lq", "Key:Kx9-vv2Lq"), InlineData("'api_key': 'q8Zr3Lw0Tn5Yb7Vd2Hs9'", "Key:q8Zr3Lw0Tn5Yb7Vd2Hs9")]
    [InlineData("Tel.: 030 / 901820-12", "Phone:030 / 901820-12"), InlineData("☎ 01 45 67 89 10", "Phone:01 45 67 89 10"), InlineData("(212) 736-5000 ext. 12", "Phone:(212) 736-5000 ext. 12"), InlineData("+44 20 7946 0018", "Phone:+44 20 7946 0018"), InlineData("电话13812345678。", "Phone:13812345678")]
    [InlineData("Lange Straße 12a, 10115 Berlin", "PostalAddress:Lange Straße 12a, 10115 Berlin"), InlineData("12 High Street, London SW1A 1AA", "PostalAddress:12 High Street, London SW1A 1AA"), InlineData("8 rue de la Paix, 75002 Paris", "PostalAddress:8 rue de la Paix, 75002 Paris")]
    // Values of other countries, writings and issuers.
    [InlineData("CNPJ 17.989.352/0001-14", "NationalId:17.989.352/0001-14"), InlineData("Q8.B7R.XY9/0001-96", "NationalId:Q8.B7R.XY9/0001-96"), InlineData("(AB.CDE.FGH/0001-95)", "NationalId:AB.CDE.FGH/0001-95"), InlineData("CNPJ: Q11QXB4T000128", "NationalId:Q11QXB4T000128"), InlineData("cnpj 12.ABC.345/01DE-35", "NationalId:12.ABC.345/01DE-35")]
    [InlineData("Rentenversicherungsnummer 65 170839 J 003", "NationalId:65 170839 J 003"), InlineData("NSS 28 12345678 40", "NationalId:28 12345678 40"), InlineData("dowód osobisty ABA300000", "NationalId:ABA300000"), InlineData("Паспорт 45 08 123456", "NationalId:45 08 123456"), InlineData("passport no. C01234567", "NationalId:C01234567")]
    [InlineData("accessed by ::ffff:81.2.69.160 today", "IpAddress:::ffff:81.2.69.160"), InlineData("アクセス元は133.242.0.3でした", "IpAddress:133.242.0.3"), InlineData("kart 9792 2350 4845 1764", "Card:9792 2350 4845 1764"), InlineData("Standard : 01.42.68.53.00.", "Phone:01.42.68.53.00"), InlineData("Звоните 8 (495) 123-45-67", "Phone:8 (495) 123-45-67")]
    [InlineData("\"ann lee\"@mill.com wrote", "Email:\"ann lee\"@mill.com"), InlineData("user@[93.184.215.14]", "Email:user@[93.184.215.14]"), InlineData("ann dot lee at mill dot org.", "Email:ann dot lee at mill dot org"), InlineData("e-mail ann at mill dot org", "Email:ann at mill dot org"), InlineData("service [arobase] mill [point] fr", "Email:service [arobase] mill [point] fr"), InlineData("ventas arroba tienda punto mx", "Email:ventas arroba tienda punto mx")]
    [InlineData("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", "Key: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"), InlineData("bot 5063948224:AAhyjd3wPmxCkx99CBZ5EtMlc5jb3W9qa0a", "Key:5063948224:AAhyjd3wPmxCkx99CBZ5EtMlc5jb3W9qa0a"), InlineData("mysql -u root -pMan9aRosa shop", "Key:Man9aRosa"), InlineData("curl -u ann:K4as&Melk https://x", "Key:K4as&Melk"), InlineData("sshpass -p L4nd5l1de ssh x", "Key:L4nd5l1de"), InlineData("machine x login bob password h4ck3dN0t", "Key:h4ck3dN0t"), InlineData("lösenord: Bl4b4rsSylt", "Key:Bl4b4rsSylt")]
    [InlineData("https://discord.com/api/webhooks/997832808458772280/DYZklDp242LJ21XSu7MafqALWM0zAeMrbHK5uI6NGrB0FNEDx40zPDr8ql2ZD", "Key:997832808458772280/DYZklDp242LJ21XSu7MafqALWM0zAeMrbHK5uI6NGrB0FNEDx40zPDr8ql2ZD")]
    [InlineData("parcel for 12 high street, springfield, il 62704 at", "PostalAddress:12 high street, springfield, il 62704"), InlineData("to 221b baker street, london nw1 6xe last", "PostalAddress:221b baker street, london nw1 6xe"), InlineData("an hauptstraße 7, 69117 heidelberg bitte", "PostalAddress:hauptstraße 7, 69117 heidelberg"), InlineData("loge 45 boulevard de la république, 13100 aix-en-provence ici", "PostalAddress:45 boulevard de la république, 13100 aix-en-provence")]
    [InlineData("Vive en la Calle Mayor 15, 28013 Madrid, tercero", "PostalAddress:Calle Mayor 15, 28013 Madrid"), InlineData("vive in via dei mille 8, 20129 milano", "PostalAddress:via dei mille 8, 20129 milano"), InlineData("Rua das Flores, 123, 4050-262 Porto.", "PostalAddress:Rua das Flores, 123, 4050-262 Porto"), InlineData("na Avenida Paulista, 1578, São Paulo - SP, 01310-200.", "PostalAddress:Avenida Paulista, 1578, São Paulo - SP, 01310-200")]
    [InlineData("przy ul. Długa 15, 31-147 Kraków.", "PostalAddress:ul. Długa 15, 31-147 Kraków"), InlineData("ул. Ленина, д. 12, кв. 5, 190000 Санкт-Петербург", "PostalAddress:ул. Ленина, д. 12, кв. 5, 190000 Санкт-Петербург"), InlineData("住所は〒100-0001 東京都千代田区千代田1-1-2です", "PostalAddress:100-0001 東京都千代田区千代田1-1-2"), InlineData("på Storgatan 14, 114 55 Stockholm.", "PostalAddress:Storgatan 14, 114 55 Stockholm"), InlineData("an Am Alten Markt 3a, 18055 Rostock", "PostalAddress:Am Alten Markt 3a, 18055 Rostock")]
    [InlineData("CNP 2790408123451", "NationalId:2790408123451")]
    [InlineData("NIE: X-4382127-Y", "NationalId:X-4382127-Y")]
    [InlineData("HKID Z987388(1), issued", "NationalId:Z987388(1)")]
    [InlineData("card 6362 9752 9230 3577", "Card:6362 9752 9230 3577")]
    [InlineData("send to rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh please", "Wallet:rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")]
    [InlineData("qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "Wallet:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")]
    [InlineData("define('DB_PASSWORD', 'w9$Lk!tr02Vb');", "Key:w9$Lk!tr02Vb")]
    [InlineData("SECRET_KEY = 'k4jx50fh501$_@6vwub%qgf%u*jnbv(c*e9kwt&h2m'", "Key:k4jx50fh501$_@6vwub%qgf%u*jnbv(c*e9kwt&h2m")]
    [InlineData("machine x\n\tlogin bob\n\tpassword h4ck3dN0t", "Key:h4ck3dN0t")]
    [InlineData("Kennwort: Kuckuck!2931", "Key:Kuckuck!2931")]
    [InlineData("后台密码：Mima2024@，登录后请修改", "Key:Mima2024@")]
    [InlineData("dckr_pat_Qw7rT2yUiO9pA5sDfG3hJkL1zX4", "Key:dckr_pat_Qw7rT2yUiO9pA5sDfG3hJkL1zX4")]
    [InlineData("Visit 23 Pelham Street, Carlton VIC 3053.", "PostalAddress:23 Pelham Street, Carlton VIC 3053")]
    [InlineData("at 41 Clonliffe Road, Drumcondra, Dublin 3, D03 X2V7 now", "PostalAddress:41 Clonliffe Road, Drumcondra, Dublin 3, D03 X2V7")]
    [InlineData("at 255 King Street, Montréal, QC H2Y 1M6 now", "PostalAddress:255 King Street, Montréal, QC H2Y 1M6")]
    [InlineData("Storgata 15, 0184 Oslo", "PostalAddress:Storgata 15, 0184 Oslo")]
    [InlineData("Mannerheimintie 42 B 12, 00260 Helsinki", "PostalAddress:Mannerheimintie 42 B 12, 00260 Helsinki")]
    [InlineData("Vesterbrogade 127, 2. tv, 1620 København", "PostalAddress:Vesterbrogade 127, 2. tv, 1620 København")]
    [InlineData("Rua do Almada 210, 2.º Esq., 4050-032 Porto", "PostalAddress:Rua do Almada 210, 2.º Esq., 4050-032 Porto")]
    [InlineData("Rue du Rhône 62, 1204 Genève", "PostalAddress:Rue du Rhône 62, 1204 Genève")]
    // Floors, flats and quarters between street and town, towns first, streets without a word; keys by what is around them; checksums of their own.
    [InlineData("Meet at 52 Cedar Row, Suite 310, Albany, New York 12207.", "PostalAddress:52 Cedar Row, Suite 310, Albany, New York 12207")]
    [InlineData("Pay P.O. Box 118, Salem, OR 97308 now", "PostalAddress:P.O. Box 118, Salem, OR 97308")]
    [InlineData("to 3/19 Wattle Rd, Burnie TAS 7320 today", "PostalAddress:3/19 Wattle Rd, Burnie TAS 7320")]
    [InlineData("at 8 Rimu Street, Petone, Lower Hutt 5012.", "PostalAddress:8 Rimu Street, Petone, Lower Hutt 5012")]
    [InlineData("2nd Floor, 5 Stonegate, Selby YO8 4PX!", "PostalAddress:2nd Floor, 5 Stonegate, Selby YO8 4PX")]
    [InlineData("Unit 4, Mill Court, Dock Road, Goole DN14 6RY", "PostalAddress:Unit 4, Mill Court, Dock Road, Goole DN14 6RY")]
    [InlineData("B-12, Lotus Homes, M.G. Road, Thane West, Mumbai 400601", "PostalAddress:B-12, Lotus Homes, M.G. Road, Thane West, Mumbai 400601")]
    [InlineData("Sitz: 99084 Erfurt, Marktstraße 6, 3. OG, rechts", "PostalAddress:99084 Erfurt, Marktstraße 6, 3. OG")]
    [InlineData("Praxis, Ringstraße 4/2. Stock, 5020 Salzburg", "PostalAddress:Ringstraße 4/2. Stock, 5020 Salzburg")]
    [InlineData("Postfach 20 11, 48143 Münster", "PostalAddress:Postfach 20 11, 48143 Münster")]
    [InlineData("au 3 ter, allée des Lilas, BP 12, 33000 Bordeaux Cedex", "PostalAddress:3 ter, allée des Lilas, BP 12, 33000 Bordeaux Cedex")]
    [InlineData("Keizersgracht 40-3, 1015 CR Amsterdam", "PostalAddress:Keizersgracht 40-3, 1015 CR Amsterdam")]
    [InlineData("på Kungsgatan 9 lgh 1102, 3 tr, 411 19 Göteborg", "PostalAddress:Kungsgatan 9 lgh 1102, 3 tr, 411 19 Göteborg")]
    [InlineData("Algade 3, st. tv., 4000 Roskilde", "PostalAddress:Algade 3, st. tv., 4000 Roskilde")]
    [InlineData("Hafnargata 12, 230 Reykjanesbær", "PostalAddress:Hafnargata 12, 230 Reykjanesbær")]
    [InlineData("Corso Cavour n. 8, scala A, int. 2, 70121 Bari", "PostalAddress:Corso Cavour n. 8, scala A, int. 2, 70121 Bari")]
    [InlineData("Avda. de la Paz 7, 2º B, 18001 Granada", "PostalAddress:Avda. de la Paz 7, 2º B, 18001 Granada")]
    [InlineData("en Calle 44 # 12-08, Cali ahora", "PostalAddress:Calle 44 # 12-08, Cali")]
    [InlineData("Avenida Italia 940, depto. 31", "PostalAddress:Avenida Italia 940, depto. 31")]
    [InlineData("Av. Rivadavia 410, 2° C, C1002AAF Buenos Aires", "PostalAddress:Av. Rivadavia 410, 2° C, C1002AAF Buenos Aires")]
    [InlineData("Pod Lesem 214/8, 460 01 Liberec", "PostalAddress:Pod Lesem 214/8, 460 01 Liberec")]
    [InlineData("na adrese Krátká 8, 30100 Plzeň", "PostalAddress:Krátká 8, 30100 Plzeň")]
    [InlineData("Székhely: 7621 Pécs, Király utca 3. II. em. 4", "PostalAddress:7621 Pécs, Király utca 3. II. em. 4")]
    [InlineData("Str. Plopilor nr. 4, bl. C1, sc. B, et. 2, ap. 17 azi", "PostalAddress:Str. Plopilor nr. 4, bl. C1, sc. B, et. 2, ap. 17")]
    [InlineData("ул. „Шипка“ 6, ет. 2, 4000 Пловдив", "PostalAddress:ул. „Шипка“ 6, ет. 2, 4000 Пловдив")]
    [InlineData("οδός Αθηνάς 15, 105 51 Αθήνα", "PostalAddress:οδός Αθηνάς 15, 105 51 Αθήνα")]
    [InlineData("Adres: Gazi Cad. No: 5 Kat: 2, 35210 Konak/İzmir", "PostalAddress:Gazi Cad. No: 5 Kat: 2, 35210 Konak/İzmir")]
    [InlineData("вул. Садова, 5, кв. 3, м. Львів, 79008", "PostalAddress:вул. Садова, 5, кв. 3, м. Львів, 79008")]
    [InlineData("344002, г. Ростов, ул. Садовая, д. 3, кв. 8", "PostalAddress:344002, г. Ростов, ул. Садовая, д. 3, кв. 8")]
    [InlineData("Vilniaus g. 20, LT-76281 Šiauliai", "PostalAddress:Vilniaus g. 20, LT-76281 Šiauliai")]
    [InlineData("Lielā iela 8, Liepāja, LV-3401", "PostalAddress:Lielā iela 8, Liepāja, LV-3401")]
    [InlineData("רחוב יפו 20, ירושלים 9414210", "PostalAddress:רחוב יפו 20, ירושלים 9414210")]
    [InlineData("Jl. Melati No. 8, RT 02/RW 04, Bandung 40115", "PostalAddress:Jl. Melati No. 8, RT 02/RW 04, Bandung 40115")]
    [InlineData("ở 15 Trần Phú, phường 4, quận 5 nhé", "PostalAddress:15 Trần Phú, phường 4, quận 5")]
    [InlineData("地址：广州市天河区体育西路12号3楼", "PostalAddress:广州市天河区体育西路12号3楼")]
    [InlineData("高雄市苓雅區四維三路2號", "PostalAddress:高雄市苓雅區四維三路2號")]
    [InlineData("대전광역시 서구 둔산로 100, 3층", "PostalAddress:대전광역시 서구 둔산로 100, 3층")]
    [InlineData("Stellar GCB2HNJ2FDLSE4RXS4JHF7TF5T6XI5C4L2IIWVETUTURGRIQSXKNJ52R", "Wallet:GCB2HNJ2FDLSE4RXS4JHF7TF5T6XI5C4L2IIWVETUTURGRIQSXKNJ52R")]
    [InlineData("XMR 47N7aA4MnEpPvpgv17QD4e2n9EDvJMNZML9UBpCzgQGPVjtLGDZQLADQYVyR7yhR1USdWx7vdn9T4eUrj6Vr1svN4Qivm24", "Wallet:47N7aA4MnEpPvpgv17QD4e2n9EDvJMNZML9UBpCzgQGPVjtLGDZQLADQYVyR7yhR1USdWx7vdn9T4eUrj6Vr1svN4Qivm24")]
    [InlineData("TON EQDxX-HtjFc_HRs8JLHnofYTDe1f4-9JSVUNX4Qa3ZtY29pe", "Wallet:EQDxX-HtjFc_HRs8JLHnofYTDe1f4-9JSVUNX4Qa3ZtY29pe")]
    [InlineData("XTZ tz3WMTJcU7gGubXZzxCztCausZWdUBpuohf1", "Wallet:tz3WMTJcU7gGubXZzxCztCausZWdUBpuohf1")]
    [InlineData("solana HLxtTjHqsJ3NMtgS6zfRHACM4F6paXLYLbNs5LbyaEMQ", "Wallet:HLxtTjHqsJ3NMtgS6zfRHACM4F6paXLYLbNs5LbyaEMQ")]
    [InlineData("WIF 5JZz8wYfHFr22Dn1r4huvxZnmBEZw2mueXAfLuB5EozDqKZLX4A", "Key:5JZz8wYfHFr22Dn1r4huvxZnmBEZw2mueXAfLuB5EozDqKZLX4A")]
    [InlineData("git clone https://t0kZ0ALZcwNjKHeIIQr3XSFgJCkaCqnQ@mill.com/a.git", "Key:t0kZ0ALZcwNjKHeIIQr3XSFgJCkaCqnQ")]
    [InlineData("$h = '$2y$12$XlWw9iYONymwpea8HIbvp/Xp/Z2Z4RTggVK3tK.YbJ.T9urPkKIM2';", "Key:$2y$12$XlWw9iYONymwpea8HIbvp/Xp/Z2Z4RTggVK3tK.YbJ.T9urPkKIM2")]
    [InlineData("ann:$y$j9T$k5JLCKkfDXevgy7QMVmNiP$3gMsDQKBIRVYycam6wj4kBFVxYrRYd0PAEqevdOrR3H:19000:0:::", "Key:$y$j9T$k5JLCKkfDXevgy7QMVmNiP$3gMsDQKBIRVYycam6wj4kBFVxYrRYd0PAEqevdOrR3H")]
    [InlineData("/c?sv=2023&sig=iiI2B91UqyAnxFudyDT83W3DyhGVLM%2FKoVrxF5BZCO0%3D&x=1", "Key:iiI2B91UqyAnxFudyDT83W3DyhGVLM%2FKoVrxF5BZCO0%3D")]
    [InlineData("MILL_KEY=LlQK67FtmsFd4SJYu6n22X633DpX5LyU", "Key:LlQK67FtmsFd4SJYu6n22X633DpX5LyU")]
    [InlineData("ENV DB_PASSWORD QOnc3ryOqEysBnj", "Key:QOnc3ryOqEysBnj")]
    [InlineData("psk='millbapOHkEz7'", "Key:millbapOHkEz7")]
    [InlineData("APP_KEY=base64:zFZtgJmsEWXssW4R042gcUfmoXrxIrtZVd0rAtsmq78=", "Key:zFZtgJmsEWXssW4R042gcUfmoXrxIrtZVd0rAtsmq78=")]
    [InlineData("run('NDM4Njc3ODY3MDg5MjQ0NjU1.GuwiPS.Vqx25VKp_h9rP58TVA7bs_sDEiNxOjJnNzlWac')", "Key:NDM4Njc3ODY3MDg5MjQ0NjU1.GuwiPS.Vqx25VKp_h9rP58TVA7bs_sDEiNxOjJnNzlWac")]
    [InlineData("key AKIAQWRTZPSDFGHKLXCV", "Key:AKIAQWRTZPSDFGHKLXCV")]
    [InlineData("pplx 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 ok", "Key: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")]
    [InlineData("sessionid=flly3gvb98xrh8lvf1ieiowtn87fhd4a; a", "Key:flly3gvb98xrh8lvf1ieiowtn87fhd4a")]
    [InlineData("IRD 49-091-850", "NationalId:49-091-850")]
    [InlineData("MBI 1EG4-TE5-MK72", "NationalId:1EG4-TE5-MK72")]
    [InlineData("KVNR A123456780", "NationalId:A123456780")]
    [InlineData("Medicare 3458 07304 1", "NationalId:3458 07304 1")]
    [InlineData("cédula 402-7368193-8", "NationalId:402-7368193-8")]
    [InlineData("C.I. 1.110.009-5", "NationalId:1.110.009-5")]
    [InlineData("کد ملی 0036426210", "NationalId:0036426210")]
    public void Finds_numbers_keys_and_addresses(string text, string expected) => Assert.Equal([expected], Found(text));

    [Theory]
    [InlineData("Vendo bici 338 4471902", "it", "338 4471902"), InlineData("Rower, 512-447-190 Kielce", "pl", "512-447-190"), InlineData("Суп, 89164471902 Оля", "ru", "89164471902"), InlineData("atau (021) 5744902 ya", "id", "(021) 5744902")]
    [InlineData("Boat for sale, 5034417902 call or text", "en", "5034417902"), InlineData("sími 562 4490", "is", "562 4490"), InlineData("tālr. 67 244 902", "lv", "67 244 902")]
    public void Finds_numbers_of_the_only_country_without_a_word(string text, string language, string number) => Assert.Equal([$"Phone:{number}"], Found(text, language: language));

    [Theory]
    [InlineData("the password for the cellar door has been Mill&Wheel8 since May", "Mill&Wheel8"), InlineData("Our passphrase (do not share) is now brook-Heron52, thanks", "brook-Heron52"), InlineData("password heron4lunch works", "heron4lunch"), InlineData("login web7, pass r7#Tq_m2, port 21", "r7#Tq_m2")]
    [InlineData("Das Kennwort für den Keller: Mühle-Rad_52!", "Mühle-Rad_52!"), InlineData("Passwort „Reiher&Bach8“ gilt ab Mai", "Reiher&Bach8"), InlineData("le mot de passe du moulin c'est Heron2019*, merci", "Heron2019"), InlineData("la contraseña de la bodega: garza#Molino8", "garza#Molino8"), InlineData("la pass del forno è airone.52 adesso", "airone.52")]
    [InlineData("a senha da garagem ficou Moinho_52, anota", "Moinho_52"), InlineData("hasło do piwnicy to Czapla-4-Mlyn jakby co", "Czapla-4-Mlyn"), InlineData("lösenordet till skåpet är Hägern52? byt det", "Hägern52?"), InlineData("a jelszó a pincéhez Gém&Malom8", "Gém&Malom8"), InlineData("parola de la pivniță e Batlan&Moara8", "Batlan&Moara8"), InlineData("kapının şifresi Balıkçıl52! yazınca", "Balıkçıl52!")]
    [InlineData("пароль от погреба Caplya!2017 не меняй", "Caplya!2017"), InlineData("ο κωδικός της πόρτας είναι Erodios_52", "Erodios_52"), InlineData("كلمة السر للباب Malik@1447 شكرا", "Malik@1447"), InlineData("הסיסמה לדלת היא Anafa52!", "Anafa52!"), InlineData("पासवर्ड है Bagula@Mill8 बताना मत", "Bagula@Mill8"), InlineData("รหัสผ่าน ประตูคือ nokyang8257 ครับ", "nokyang8257"), InlineData("密码是Cangying@2017，谢谢", "Cangying@2017"), InlineData("倉庫のパスワードは sagi-mizu_52 です", "sagi-mizu_52"), InlineData("문 비번: baekro-mul82", "baekro-mul82"), InlineData("mật khẩu kho là cocaboi@52817 nhé", "cocaboi@52817"), InlineData("kata sandi gudang Bangau_52x ya", "Bangau_52x")]
    [InlineData("Our auth token (7c1e9b04d2f6483ab5907e1c3fd28a64) was seen", "7c1e9b04d2f6483ab5907e1c3fd28a64"), InlineData("the api key is q8Zr3Lw0Tn5Yb7Vd2Hs9 for now", "q8Zr3Lw0Tn5Yb7Vd2Hs9"), InlineData("mysqldump -u app -p'Reiher!52bach' mill", "Reiher!52bach")]
    public void Finds_passwords_that_a_sentence_tells(string text, string secret)
    {
        var found = Found(text);
        Assert.Single(found);
        Assert.StartsWith($"Key:{secret}", found[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The password is hashed with SHA-256 or bcrypt2b"), InlineData("The password manager is KeePass2 here"), InlineData("a password on Windows10? Yes"), InlineData("The password store moved to Debian-12 in May"), InlineData("Set the password for root@server12 first"), InlineData("the password dialog of bug#44719 crashes"), InlineData("the password file is shadow2.conf"), InlineData("your password expires on 12-May"), InlineData("passwords need a 2-factor-login")]
    [InlineData("the password of user Heron&Mill8 is lost"), InlineData("I lost my password. Meet at Mill&Wheel8."), InlineData("Das Passwort braucht 8-stellige Zahlen"), InlineData("Pass the value to texi2pod and make_auto_1"), InlineData("password_hash(\"x\", PASSWORD_BCRYPT2)"), InlineData("see password/reset?id=Heron52x"), InlineData("the public key token is b03f5f7f11d50a3a7c1e"), InlineData("kata sandi 2.selanjutnya klik"), InlineData("commit token of 3f786850e387550fdab836ed7e6dc881de23001b")]
    [InlineData("{\"private_key_id\": \"3f786850e387550fdab836ed7e6dc881de23001b\"}")]
    public void A_sentence_about_passwords_tells_none(string text) => Assert.Empty(Found(text));

    [Theory]
    [InlineData("Hringið í síma 512 4471", "is", "512 4471"), InlineData("helistage 5447 1902", "et", "5447 1902"), InlineData("Zvaniet Annai: 24 471 902", "lv", "24 471 902"), InlineData("kdyžtak volej 604 447 190", "cs", "604 447 190"), InlineData("Κρατήσεις: 26510 44719", "el", "26510 44719"), InlineData("என் எண் 98447 11902", "ta", "98447 11902"), InlineData("edo deitu 943 447 190", "eu", "943 447 190"), InlineData("Ċempel lil Anna 7944 7190", "mt", "7944 7190"), InlineData("Rufft eis: 26 44 71 90", "lb", "26 44 71 90")]
    [InlineData("on the 25th of the order, cell 083-447-1902", "en", "083-447-1902"), InlineData("so it's 312 447 9346, mostly", "en", "312 447 9346"), InlineData("Тэлефоны: 8(0176) 44-71-90", "be", "8(0176) 44-71-90"), InlineData("كلمني على 01061447190", "ar", "01061447190"), InlineData("Marcações: 21 344 71 90", "pt", "21 344 71 90")]
    public void Finds_telephone_numbers_by_the_words_of_many_languages(string text, string language, string number) => Assert.Equal([$"Phone:{number}"], Found(text, language: language));

    [Fact]
    public void Two_telephone_numbers_between_which_a_stroke_stands_are_two() =>
        Assert.Equal(["Phone:0224 544 71 90", "Phone:0539 744 71 90"], Found("İletişim: 0224 544 71 90 / 0539 744 71 90", language: "tr"));

    [Theory]
    [InlineData("Catalogue numbers 4471-1902-07 and 4471-1902-09", ""), InlineData("Numer zamówienia 2024/03/00447", "pl"), InlineData("VAT number 248 4471 90", "en"), InlineData("konto nummer 5982 1044719", "da"), InlineData("doi 10.1016/j.cell.2023.104.0447", "en"), InlineData("the number 1 447 190 233", "en"), InlineData("a number: 44719023, in all", "en"), InlineData("आधार नंबर 3700 6943 0072", "hi"), InlineData("NHS number 932 738 7806", "en"), InlineData("sums of 112 447 9346 grains", "en")]
    public void Other_numbers_are_no_telephone_numbers(string text, string language) => Assert.Empty(Found(text, language: language));

    [Fact]
    public void An_address_stays_what_it_is_once_its_expressions_are_compiled()
    {
        const string Text = "to Lange Straße 12a, 10115 Berlin, not in 12 to 14 weeks";
        for (var i = 0; i < 5000; i++)
            Assert.Equal([new PiiSpan(PiiType.PostalAddress, 3, 30)], PiiScanner.Scan(Text, new PiiScope([PiiType.PostalAddress], false, [])));
    }

    [Fact]
    public void Blake2b_is_that_of_its_standard()
    {
        var hash = new byte[64];
        Blake2b.Hash512("abc"u8, hash);
        Assert.Equal("BA80A53F981C4D0D6A2797B69F12F6E94C212F14685AC4B74B12BB6FDBFFA2D17D87C5392AAB792DC252D5DE4533CC9518D38AA8DBF1925AB92386EDD4009923", Convert.ToHexString(hash));
        Blake2b.Hash512([], hash);
        Assert.StartsWith("786A02F742015903C6C6FD852552D272", Convert.ToHexString(hash), StringComparison.Ordinal);
        Blake2b.Hash512(Enumerable.Repeat((byte)'x', 128).ToArray(), hash);
        Assert.StartsWith("082B91EA2E15D1556D2CEEFDD5AF5D64", Convert.ToHexString(hash), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("to 1b9oRCTmEAdon9gC7GWk3fhADHr8JoNjWZvbHq43J6YjbaH now", "Wallet:1b9oRCTmEAdon9gC7GWk3fhADHr8JoNjWZvbHq43J6YjbaH"), InlineData("Enyx72XdkRC4x2VsHHBtaqpMrdsqPg1ZNBj9aPSsPhiRbnT", "Wallet:Enyx72XdkRC4x2VsHHBtaqpMrdsqPg1ZNBj9aPSsPhiRbnT"), InlineData("(5D223yQMXRgorJjzSYexptV1WJguR3JvJHqjpEX1APtpSEhU)", "Wallet:5D223yQMXRgorJjzSYexptV1WJguR3JvJHqjpEX1APtpSEhU")]
    [InlineData("cartera 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV9", "Wallet:7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV9"), InlineData("матичен број 2505983455079", "NationalId:2505983455079"), InlineData("UPSP: 1234567T", "NationalId:1234567T")]
    [InlineData("a Av. Los Olmos 3050, 9250000 Maipú", "PostalAddress:Av. Los Olmos 3050, 9250000 Maipú"), InlineData("पता: मकान नं. 57, सेक्टर 8, द्वारका, नई दिल्ली 110075", "PostalAddress:मकान नं. 57, सेक्टर 8, द्वारका, नई दिल्ली 110075"), InlineData("ที่ 57/8 หมู่ 3 ต.ป่าแดด อ.เมือง จ.เชียงใหม่ 50100 ค่ะ", "PostalAddress:57/8 หมู่ 3 ต.ป่าแดด อ.เมือง จ.เชียงใหม่ 50100")]
    [InlineData("喺九龍亞皆老街 57 號 8 樓 B 室等", "PostalAddress:九龍亞皆老街 57 號 8 樓 B 室"), InlineData("大阪府豊中市本町3丁目5番7号 ハイツ豊中201です", "PostalAddress:大阪府豊中市本町3丁目5番7号 ハイツ豊中201"), InlineData("宛先は東京都杉並区西荻北3-5-7まで", "PostalAddress:東京都杉並区西荻北3-5-7")]
    public void Finds_wallets_ids_and_addresses_of_more_countries(string text, string expected) => Assert.Equal([expected], Found(text));

    [Theory]
    [InlineData("1b9oRCTmEAdon9gC7GWk3fhADHr8JoNjWZvbHq43J6YjbaJ"), InlineData("hash 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV9"), InlineData("матичен број 2505983455070"), InlineData("Av. Los Olmos 3050, 9250000 personas"), InlineData("57/8 หมู่ 3 ต.ป่าแดด ปี 2554"), InlineData("九龍有 57 號 巴士"), InlineData("東京都で3丁目の夕日")]
    public void Leaves_what_only_looks_like_them(string text) => Assert.Empty(Found(text));

    [Fact]
    public void In_code_a_form_that_counts_alone_needs_a_word()
    {
        Assert.Equal(["NationalId:219-09-9999"], Found("{\"ssn\":\"219-09-9999\"}", code: true));
        Assert.Empty(Found("{\"row\":\"219-09-9999\"}", code: true));
    }

    [Fact]
    public void Of_a_private_key_what_is_between_its_lines_is_found()
    {
        var body = string.Concat(Enumerable.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n", 4));
        Assert.Equal([$"Key:{body.Trim()}"], Found($"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----"));
        Assert.Empty(Found($"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----"));
    }

    [Theory]
    [InlineData("const id = 123456782;"), InlineData("tel = 0301234567"), InlineData("x = 4111111111111111"), InlineData("ssn_length = 999999999"), InlineData("const phone = '(415) 861-2345'")]
    [InlineData("private_key: ed25519.Ed25519PrivateKey"), InlineData("Decimal('+35236450.6')")]
    public void In_code_numbers_need_more_evidence(string text) => Assert.Empty(Found(text, code: true));

    [Theory]
    [InlineData("0"), InlineData("@"), InlineData("."), InlineData("a"), InlineData("1 "), InlineData("1-"), InlineData("a1_"), InlineData("a@b."), InlineData("+1 "), InlineData("(1"), InlineData("(1)"), InlineData("2001:"), InlineData("1.1.1.")]
    [InlineData("-----BEGIN PRIVATE KEY-----"), InlineData("eyJ1."), InlineData("token=1"), InlineData("12 Aa St, "), InlineData("://a:b1@"), InlineData("DE89 "), InlineData("\0\uD800"), InlineData("1A9"), InlineData("AKIA1"), InlineData("a(at)"), InlineData(" AT "), InlineData("a[at]a [dot] "), InlineData("[at")]
    [InlineData("a dot b at "), InlineData(" dot "), InlineData("hf_"), InlineData("\"a\"@"), InlineData("rua a 1, "), InlineData("ул. а 1, "), InlineData("12 a way, "), InlineData("AB.CDE.FGH/0001-"), InlineData("12345678:AA"), InlineData("-u a:1"), InlineData("mysql -p1 "), InlineData("100-0001東京都"), InlineData("１＠"), InlineData("12 St, Aa-Aa Aa-Aa Aa-Aa Aa-Aa, 1 "), InlineData("Flat 3, Aa Street, Bb, Cc, Dd, "), InlineData("100 00 Aa, Aa, Aa ul. Aa "), InlineData("省市区路1号"), InlineData("시 구 로 1 "), InlineData("password a!1 "), InlineData("9 ม."), InlineData("東京都市1-"), InlineData("pass a1a1a1a1 is ")]
    public void Time_is_linear_in_hostile_text(string unit)
    {
        // What is quadratic takes an hour here.
        var text = string.Concat(Enumerable.Repeat(unit, 200_000 / unit.Length));
        PiiScanner.Scan(text, new PiiScope(s_all, false, DialingRegions.Of("")));
    }

    [Theory, InlineData(false, 0.95), InlineData(true, 0.95)]
    public void Finds_what_is_planted_in_sentences_of_many_languages(bool reported, double floor)
    {
        var (hit, missed, wrong) = (new SortedDictionary<PiiType, int>(), new SortedDictionary<PiiType, int>(), 0);
        foreach (var sentence in PiiSentences.Make(reported, rounds: 20, seed: 20261124))
        {
            var spans = PiiScanner.Scan(sentence.Text, new PiiScope(s_all, false, DialingRegions.Of(""))) ?? [];
            foreach (var (type, value) in sentence.Planted)
            {
                var at = sentence.Text.IndexOf(value, StringComparison.Ordinal);
                var covered = spans.Any(s => s.Start <= at && s.End >= at + value.Length);
                var counts = covered ? hit : missed;
                counts[type] = counts.GetValueOrDefault(type) + 1;
                if (!covered && !reported)
                    output.WriteLine($"missed {type} {value} in {sentence.Text}");
            }
            foreach (var span in spans)
                if (!sentence.Planted.Any(p => sentence.Text.IndexOf(p.Value, StringComparison.Ordinal) is var at && span.Start < at + p.Value.Length && span.End > at))
                {
                    wrong++;
                    output.WriteLine($"wrong {span.Type} {sentence.Text.Substring(span.Start, span.Length)}");
                }
        }
        foreach (var type in s_all)
            output.WriteLine($"{type}: {hit.GetValueOrDefault(type)} of {hit.GetValueOrDefault(type) + missed.GetValueOrDefault(type)}");
        var recall = (double)hit.Values.Sum() / (hit.Values.Sum() + missed.Values.Sum());
        var precision = (double)hit.Values.Sum() / (hit.Values.Sum() + wrong);
        var f2 = 5 * precision * recall / ((4 * precision) + recall);
        output.WriteLine($"recall {recall:F4} precision {precision:F4} F2 {f2:F4}");
        Assert.True(f2 >= floor, $"F2 is {f2:F4}");
    }
}
