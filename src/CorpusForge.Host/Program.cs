using System.Globalization;
using CorpusForge.Host;
using CorpusForge.Host.Commands;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);
return await CommandLine.Invoke(AllCommands.Create(), args);
