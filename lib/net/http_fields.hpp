// The parts of HTTP/1.1 that we write ourselves: heads, and the frames of chunked bodies.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace jujubackup {

// Names that are no tokens, and values with line ends or other control characters, would let a value become a field of its own:
// Error(invalid_argument).
void append_field(std::string& head, std::string_view name, std::string_view value);
// The fields but those of `without`, which the caller writes itself.
void append_fields(std::string& head, const HttpFields& fields, std::span<const std::string_view> without);
bool is_token(std::string_view text) noexcept;
// Visible ASCII without spaces, as the target of a request has to be.
bool is_visible(std::string_view text) noexcept;
// "ok" for 200: what stands behind the status, for people.
std::string_view reason_of(int status) noexcept;
// Whether one of the comma-separated words is `word`, without regard to case.
bool has_word(std::string_view list, std::string_view word) noexcept;
void append_chunk_size(std::string& out, std::size_t size);

void write_all(TlsStream& stream, std::span<const std::byte> bytes);
inline void write_all(TlsStream& stream, std::string_view text) { write_all(stream, std::as_bytes(std::span(text))); }

}  // namespace jujubackup
