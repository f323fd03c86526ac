// What a program printed, for the one line of an Error.
#pragma once

#include <string>
#include <string_view>

namespace jujubackup::hosts {

// The last line that is not empty, printable, without a full stop at its end; "" if there is none.
std::string last_line(std::string_view output);
// The last lines with "; " between them, printable, some hundred characters of it; "it said nothing" if there is nothing.
std::string said(std::string_view output);

}  // namespace jujubackup::hosts
