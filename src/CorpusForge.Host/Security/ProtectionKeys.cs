using System.Xml.Linq;
using CorpusForge.Runs;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace CorpusForge.Host.Security;

/// <summary>Keeps the keys that encrypt cookies in the ledger, so that every server on it reads the cookies of the others.</summary>
internal sealed class ProtectionKeys(Ledger ledger) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. ledger.ProtectionKeys().Select(xml => XElement.Parse(xml))];

    public void StoreElement(XElement element, string friendlyName) => ledger.AddProtectionKey(friendlyName, element.ToString(SaveOptions.DisableFormatting));
}
