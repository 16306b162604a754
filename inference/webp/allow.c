#include "allow.h"

#include <stdint.h>

// libwebp asks for memory by these two only. The linker leads its calls here.
void *__real_WebPSafeMalloc(uint64_t count, size_t size);
void *__real_WebPSafeCalloc(uint64_t count, size_t size);

// What is left of what this thread may ask for.
static _Thread_local size_t left = SIZE_MAX;

// take returns whether so much is left, and takes it.
static int take(uint64_t count, size_t size) {
	if (left == SIZE_MAX) {
		return 1;
	}
	if (size > 0 && count > left / size) {
		left = 0;
		return 0;
	}
	left -= (size_t)count * size;
	return 1;
}

void *__wrap_WebPSafeMalloc(uint64_t count, size_t size) { return take(count, size) ? __real_WebPSafeMalloc(count, size) : NULL; }
void *__wrap_WebPSafeCalloc(uint64_t count, size_t size) { return take(count, size) ? __real_WebPSafeCalloc(count, size) : NULL; }

int rsclip_webp_next(WebPAnimDecoder *decoder, uint8_t **frame, size_t allowed) {
	int timestamp;
	left = allowed;
	int done = WebPAnimDecoderGetNext(decoder, frame, &timestamp);
	left = SIZE_MAX;
	return done;
}

uint8_t *rsclip_webp_decode(const uint8_t *data, size_t size, uint8_t *to, size_t room, int stride, int alpha, size_t allowed) {
	left = allowed;
	uint8_t *done = alpha ? WebPDecodeRGBAInto(data, size, to, room, stride) : WebPDecodeRGBInto(data, size, to, room, stride);
	left = SIZE_MAX;
	return done;
}
