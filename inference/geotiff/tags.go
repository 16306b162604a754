package geotiff

// Numbers of the tags that are read.
const (
	tagSubfileType    = 254
	tagWidth          = 256
	tagHeight         = 257
	tagBits           = 258
	tagCompression    = 259
	tagPhotometric    = 262
	tagFillOrder      = 266
	tagStripOffsets   = 273
	tagOrientation    = 274
	tagSamples        = 277
	tagRowsPerStrip   = 278
	tagStripBytes     = 279
	tagPlanar         = 284
	tagT4Options      = 292
	tagPredictor      = 317
	tagPalette        = 320
	tagTileWidth      = 322
	tagTileHeight     = 323
	tagTileOffsets    = 324
	tagTileBytes      = 325
	tagExtraSamples   = 338
	tagSampleFormat   = 339
	tagJPEGTables     = 347
	tagOldJPEG        = 513
	tagOldQuantizers  = 519
	tagOldDC          = 520
	tagOldAC          = 521
	tagCoefficients   = 529
	tagSubsampling    = 530
	tagReference      = 532
	tagPixelScale     = 33550
	tagTiepoint       = 33922
	tagTransformation = 34264
	tagGeoKeys        = 34735
	tagGeoDoubles     = 34736
	tagGDALNodata     = 42113
)

// Photometric is how samples become colours.
type Photometric int

// The photometric interpretations that are told apart.
const (
	WhiteIsZero Photometric = 0
	BlackIsZero Photometric = 1
	RGB         Photometric = 2
	Palette     Photometric = 3
	Mask        Photometric = 4
	CMYK        Photometric = 5
	YCbCr       Photometric = 6
	CIELab      Photometric = 8 // a and b are signed
	ICCLab      Photometric = 9 // 128 of a and b is no colour
)

// Alpha is what the first band after the colours is.
type Alpha int

// The kinds of the first extra band.
const (
	NoAlpha           Alpha = iota
	AssociatedAlpha         // The colours are multiplied by it.
	UnassociatedAlpha       // The colours are as they are.
)
