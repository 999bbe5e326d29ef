/** A packet around the properties of one description, some as attributes, some as elements. */
export function xmp(attributes: string, elements = ''): string {
  return (
    `<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n` +
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n` +
    `<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" ${attributes}>${elements}</rdf:Description>\n` +
    `</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>`
  );
}

/** A packet with the place `Sentinelville` in each way that it can be written, and the title `Tower`. */
export const PLACED = xmp(
  `exif:GPSLatitude="48,51.Sentinelville" photoshop:City='Sentinelville' xmp:Rating="5"`,
  `<exif:GPSLongitude>2,17.Sentinelville</exif:GPSLongitude><exif:GPSVersionID>2.3.0.0</exif:GPSVersionID>` +
    `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Tower</rdf:li></rdf:Alt></dc:title>` +
    `<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li Iptc4xmpExt:City="Sentinelville"/></rdf:Bag></Iptc4xmpExt:LocationCreated>` +
    `<Iptc4xmpExt:LocationShown rdf:parseType="Resource"><my:Name><![CDATA[Sentinelville]]></my:Name></Iptc4xmpExt:LocationShown>` +
    `<photoshop:Country rdf:resource="Sentinelville"/>`,
);
