// The codec's public face: encode and decode one attribute. docs/codec.md is the specification.
