/* What a static program has of libstdc++'s locales and never uses: 0.35 MB.
 *
 * The first stream makes the "C" locale, and that makes every facet there is, for two kinds of
 * characters and two kinds of strings: dates, money, message catalogues, wide characters. Through
 * their virtual functions the linker keeps all of their code. libstdc++'s tables of virtual
 * functions are weak symbols; those defined here come first, and the code behind theirs goes. Weak
 * as well, so that they are in nobody's way.
 *
 * The tables are laid out as the Itanium C++ ABI has them: offset to the top, type, functions. By
 * its type each is a plain std::locale::facet: std::has_facet is false and std::use_facet throws
 * std::bad_cast, as for any locale without the facet. Where the library does not look at the type
 * (GCC 13 and later), a call ends in __cxa_pure_virtual. Numbers and plain characters work as ever.
 */
#include <stdlib.h>

extern const char _ZTINSt6locale5facetE[]; /* typeid(std::locale::facet) */
extern void __cxa_pure_virtual(void);

#define FUNCTIONS_4 __cxa_pure_virtual, __cxa_pure_virtual, __cxa_pure_virtual, __cxa_pure_virtual
/* None of them has more than 16 functions. */
#define UNUSED(table)                                 \
  extern const void* const table[];                   \
  __attribute__((weak)) const void* const table[] = { \
      0, _ZTINSt6locale5facetE, FUNCTIONS_4, FUNCTIONS_4, FUNCTIONS_4, FUNCTIONS_4}

/* Dates. */
UNUSED(_ZTVNSt7__cxx118time_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEEE);
UNUSED(_ZTVNSt7__cxx118time_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEEE);
UNUSED(_ZTVSt11__timepunctIcE);
UNUSED(_ZTVSt11__timepunctIwE);
UNUSED(_ZTVSt8time_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE);
UNUSED(_ZTVSt8time_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
UNUSED(_ZTVSt8time_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE);
UNUSED(_ZTVSt8time_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);
/* Money. */
UNUSED(_ZTVNSt7__cxx1110moneypunctIcLb0EEE);
UNUSED(_ZTVNSt7__cxx1110moneypunctIcLb1EEE);
UNUSED(_ZTVNSt7__cxx1110moneypunctIwLb0EEE);
UNUSED(_ZTVNSt7__cxx1110moneypunctIwLb1EEE);
UNUSED(_ZTVNSt7__cxx119money_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEEE);
UNUSED(_ZTVNSt7__cxx119money_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEEE);
UNUSED(_ZTVNSt7__cxx119money_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEEE);
UNUSED(_ZTVNSt7__cxx119money_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEEE);
UNUSED(_ZTVSt10moneypunctIcLb0EE);
UNUSED(_ZTVSt10moneypunctIcLb1EE);
UNUSED(_ZTVSt10moneypunctIwLb0EE);
UNUSED(_ZTVSt10moneypunctIwLb1EE);
UNUSED(_ZTVSt9money_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE);
UNUSED(_ZTVSt9money_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
UNUSED(_ZTVSt9money_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE);
UNUSED(_ZTVSt9money_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);
/* Message catalogues. */
UNUSED(_ZTVNSt7__cxx118messagesIcEE);
UNUSED(_ZTVNSt7__cxx118messagesIwEE);
UNUSED(_ZTVSt8messagesIcE);
UNUSED(_ZTVSt8messagesIwE);
/* Wide characters. */
UNUSED(_ZTVNSt7__cxx117collateIwEE);
UNUSED(_ZTVNSt7__cxx118numpunctIwEE);
UNUSED(_ZTVSt7collateIwE);
UNUSED(_ZTVSt7num_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
UNUSED(_ZTVSt7num_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);
UNUSED(_ZTVSt8numpunctIwE);

/* std::locale::facet::_M_cow_shim and _M_sso_shim: a facet for the other kind of strings, around
 * one that is put into a locale. Nobody puts one in. */
const void* _ZNKSt6locale5facet11_M_cow_shimEPKNS_2idE(const void* facet, const void* id);
const void* _ZNKSt6locale5facet11_M_sso_shimEPKNS_2idE(const void* facet, const void* id);

__attribute__((weak)) const void* _ZNKSt6locale5facet11_M_cow_shimEPKNS_2idE(const void* facet,
                                                                             const void* id) {
  (void)facet;
  (void)id;
  abort();
}

__attribute__((weak)) const void* _ZNKSt6locale5facet11_M_sso_shimEPKNS_2idE(const void* facet,
                                                                             const void* id) {
  return _ZNKSt6locale5facet11_M_cow_shimEPKNS_2idE(facet, id);
}
