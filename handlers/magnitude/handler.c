// Reads the magnitudes of each event: how bright, in which band, how much brighter than before, and the flux density.
//
// Authors write magnitudes in many ways. A parameter is one if its UCD begins with `phot.mag`, or it is called `mag` or
// `magnitude`; its unit is `mag` or missing. One that speaks of errors or scatter belongs to the magnitude before it in the same
// Group; one that speaks of history, or stands in a Group that does, is what the source had before; one that speaks of a limit
// says that nothing was seen. The band is the last word of a UCD such as `phot.mag;em.opt.V`, or a parameter for it. What is
// no number, or out of all bounds, as in notices that give hundredths of magnitudes, is said to be so and left out.

#include <ctype.h>
#include <math.h>
#include <philae.h>
#include <stdio.h>

// Between these the Sun and the faintest galaxies are, with room.
#define BRIGHTEST (-30.0)
#define FAINTEST 40.0
// A larger error says nothing.
#define LARGEST_ERROR 10.0
// What is read and told of one event; light curves have more.
#define MOST 64
// The flux density of an AB magnitude of 0, in jansky.
#define AB_ZERO_POINT 3631.0
// Bytes of a band's name that are told.
#define LONGEST_BAND 32

typedef struct {
    const philae_param *param;
    double value, error, before;
    bool has_error, has_before, is_limit, is_past;
    philae_text band;
} magnitude;

// What the settings say.
static double zero_point, brighter_than;
static bool has_zero_point, has_brighter_than;

// Whether a word stands in a text, in any case.
static bool speaks_of(philae_text text, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.length; i++) {
        size_t same = 0;
        while (same < length && tolower((unsigned char)text.at[i + same]) == word[same])
            same++;
        if (same == length)
            return true;
    }
    return false;
}

static bool begins_with(philae_text text, const char *word) {
    return text.length >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

static bool is_same(philae_maybe_text one, philae_maybe_text other) {
    if (!one.is_some || !other.is_some)
        return one.is_some == other.is_some;
    return one.text.length == other.text.length && memcmp(one.text.at, other.text.at, one.text.length) == 0;
}

// A decimal number and nothing besides; strtod alone takes `inf`, `0x2` and `12 apples`.
static bool number(philae_text text, double *value) {
    static const char allowed[] = "0123456789+-.eE";
    size_t begin = 0, end = text.length;
    while (begin < end && isspace((unsigned char)text.at[begin]))
        begin++;
    while (end > begin && isspace((unsigned char)text.at[end - 1]))
        end--;
    char digits[48];
    if (begin == end || end - begin >= sizeof digits)
        return false;
    for (size_t i = begin; i < end; i++)
        if (text.at[i] == '\0' || strchr(allowed, text.at[i]) == NULL)
            return false;
    memcpy(digits, text.at + begin, end - begin);
    digits[end - begin] = '\0';
    char *rest;
    *value = strtod(digits, &rest);
    return *rest == '\0' && isfinite(*value);
}

static bool is_photometry(const philae_param *param) {
    if (param->unit.is_some && param->unit.text.length != 0 && !begins_with(param->unit.text, "mag"))
        return false;
    bool is_called_so = philae_is(param->name, "mag") || philae_is(param->name, "magnitude");
    return is_called_so || (param->ucd.is_some && begins_with(param->ucd.text, "phot.mag"));
}

static bool is_error(const philae_param *param) {
    static const char *const words[] = {"err", "std", "scatter", "sigma", "rms", "unc"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (speaks_of(param->name, words[i]))
            return true;
    // A mean or a maximum, which UCDs name so too, is a magnitude.
    return param->ucd.is_some &&
           (speaks_of(param->ucd.text, "stat.error") || speaks_of(param->ucd.text, "stat.stdev"));
}

// What comes after the last semicolon of `phot.mag;em.opt.V`, without `em.opt.` and the like.
static philae_text band_of(philae_maybe_text ucd) {
    philae_text none = {"", 0};
    if (!ucd.is_some || !speaks_of(ucd.text, ";em."))
        return none;
    const char *end = ucd.text.at + ucd.text.length, *at = end;
    while (at > ucd.text.at && at[-1] != '.' && at[-1] != ';')
        at--;
    return (philae_text){at, (size_t)(end - at)};
}

// The band that a parameter of its own names; those with a unit count something else.
static philae_text band_among(philae_params params) {
    for (size_t i = 0; i < params.length; i++) {
        const philae_param *param = &params.at[i];
        bool is_named = philae_is(param->name, "filter") || philae_is(param->name, "band");
        bool is_meant = param->ucd.is_some &&
                        (philae_is(param->ucd.text, "instr.bandpass") || philae_is(param->ucd.text, "instr.filter"));
        if ((is_named || is_meant) && !(param->unit.is_some && param->unit.text.length != 0))
            return param->value;
    }
    return (philae_text){"", 0};
}

// Logs a line of which snprintf says how long it is, or would be if there were room.
static void say(philae_level level, const char *line, int length, size_t size) {
    if (length <= 0)
        return;
    philae_text text = {line, (size_t)length};
    // What stands behind the last byte that fits is not known: a character that ends with it may go too.
    if (text.length >= size)
        text = philae_cut((philae_text){line, size - 1}, size - 2);
    philae_log(level, text);
}

// Reads the magnitudes among the parameters; how many there are.
static size_t read(philae_params params, magnitude *found) {
    size_t count = 0;
    for (size_t i = 0; i < params.length && count < MOST; i++) {
        const philae_param *param = &params.at[i];
        double value;
        if (!is_photometry(param) || param->value.length == 0)
            continue;
        magnitude *last = count > 0 && is_same(found[count - 1].param->group, param->group) ? &found[count - 1] : NULL;
        bool is_number = number(param->value, &value);
        if (is_error(param)) {
            if (last != NULL && is_number && value >= 0 && value < LARGEST_ERROR)
                last->error = value, last->has_error = true;
        } else if (!is_number || value <= BRIGHTEST || value >= FAINTEST) {
            char line[256];
            say(PHILAE_DEBUG, line,
                snprintf(line, sizeof line, "%.*s is no magnitude: '%.*s'", (int)param->name.length, param->name.at,
                         (int)param->value.length, param->value.at), sizeof line);
        } else {
            bool is_past = speaks_of(param->name, "hist") || speaks_of(param->name, "baseline") ||
                           (param->group.is_some && speaks_of(param->group.text, "hist"));
            found[count++] = (magnitude){.param = param, .value = value, .is_past = is_past,
                                         .is_limit = speaks_of(param->name, "lim"), .band = band_of(param->ucd)};
        }
    }
    return count;
}

// The flux density in jansky: of AB magnitudes, whose zero point is theirs, or with that of the settings.
static bool flux(const magnitude *seen, double *jansky) {
    bool is_ab = seen->param->unit.is_some && speaks_of(seen->param->unit.text, "ab");
    if (!is_ab && !has_zero_point)
        return false;
    *jansky = (is_ab ? AB_ZERO_POINT : zero_point) * pow(10.0, -0.4 * seen->value);
    return true;
}

static void tell(const philae_envelope *event, const magnitude *seen, const magnitude *past, philae_text band) {
    char line[640];
    size_t size = sizeof line;
    int length = snprintf(line, size, "%.*s %s%.2f", (int)event->ivoid.length, event->ivoid.at,
                          seen->is_limit ? "fainter than " : "", seen->value);
#define ADD(...) (length += (size_t)length < size ? snprintf(line + length, size - (size_t)length, __VA_ARGS__) : 0)
    if (seen->has_error)
        ADD(" +- %.2f", seen->error);
    ADD(" mag");
    band = philae_cut(band, LONGEST_BAND);
    if (band.length != 0)
        ADD(" in %.*s", (int)band.length, band.at);
    double jansky;
    if (flux(seen, &jansky)) {
        bool is_milli = jansky >= 1e-4 && jansky < 1, is_micro = jansky < 1e-4;
        ADD(", %.3g %s", jansky * (is_micro ? 1e6 : is_milli ? 1e3 : 1), is_micro ? "uJy" : is_milli ? "mJy" : "Jy");
    }
    if (past != NULL && !seen->is_limit)
        ADD(", %.2f %s than before", fabs(past->value - seen->value),
            past->value > seen->value ? "brighter" : "fainter");
    bool is_bright = has_brighter_than && !seen->is_limit && seen->value < brighter_than;
    if (is_bright)
        ADD("; brighter than %.2f", brighter_than);
#undef ADD
    say(is_bright ? PHILAE_WARN : PHILAE_INFO, line, length, size);
    if (is_bright)
        philae_count("bright", 1);
}

// A setting that is a number; false if it is something else.
static bool setting(const char *key, double *value, bool *is_set) {
    philae_maybe_text text = philae_config(key);
    *is_set = text.is_some;
    return !text.is_some || number(text.text, value);
}

static const char *look(void) {
    if (!setting("zero-point", &zero_point, &has_zero_point) || (has_zero_point && zero_point <= 0))
        return "zero-point: it must be a number of jansky above 0, such as 3631";
    if (!setting("brighter-than", &brighter_than, &has_brighter_than))
        return "brighter-than: it must be a magnitude, such as 16.5";
    return NULL;
}

static philae_outcome handle(const philae_envelope *event) {
    const char *wrong = look();
    if (wrong != NULL)
        return philae_failed(PHILAE_PERMANENT, wrong);
    philae_params params = philae_all_params();
    static magnitude found[MOST];
    size_t count = read(params, found);
    const magnitude *brightest = NULL, *past = NULL;
    for (size_t i = 0; i < count; i++) {
        const magnitude **best = found[i].is_past ? &past : &brightest;
        // What was seen counts before what was not.
        if (*best == NULL || found[i].is_limit < (*best)->is_limit ||
            (found[i].is_limit == (*best)->is_limit && found[i].value < (*best)->value))
            *best = &found[i];
    }
    if (brightest != NULL) {
        tell(event, brightest, past, brightest->band.length != 0 ? brightest->band : band_among(params));
        philae_count(brightest->is_limit ? "limits" : "magnitudes", 1);
    }
    return philae_done();
}

PHILAE_HANDLER("magnitude", "1.0.0", look, handle)
