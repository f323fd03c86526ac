// Text as Go prints it, and as a terminal may safely show it.
#pragma once

#include <string>
#include <string_view>

namespace jujubackup {

// strconv.Quote: double quotes, \" \\ \a \b \f \n \r \t \v, \x7f, \u00a0, \ufffd-style escapes for what is not printable,
// \xNN for bytes that are not UTF-8; printable UTF-8 stays.
std::string go_quote(std::string_view text);

// Control characters and broken UTF-8 made visible, so that a name from an archive cannot drive a terminal or forge a line.
std::string printable(std::string_view text);

// A name for a message: printable, in double quotes, and not the megabytes that a hostile archive may hand over.
std::string quoted_name(std::string_view name);

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;  // ASCII

}  // namespace jujubackup
