'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});

  
  django.pluralidx = function(n) {
    const v = (n != 1);
    if (typeof v === 'boolean') {
      return v ? 1 : 0;
    } else {
      return v;
    }
  };
  

  /* gettext library */

  django.catalog = django.catalog || {};
  
  const newcatalog = {
    "%(count)s image": [
      "%(count)s Bild",
      "%(count)s Bilder"
    ],
    "%(count)s image is ready": [
      "%(count)s Bild ist fertig",
      "%(count)s Bilder sind fertig"
    ],
    "%(count)s image moved to trash": [
      "%(count)s Bild in den Papierkorb gelegt",
      "%(count)s Bilder in den Papierkorb gelegt"
    ],
    "%(count)s queued": [
      "%(count)s wartet",
      "%(count)s warten"
    ],
    "%(count)s running": [
      "%(count)s l\u00e4uft",
      "%(count)s laufen"
    ],
    "%(count)s step": [
      "%(count)s Schritt",
      "%(count)s Schritte"
    ],
    "%(kept)s of %(images)s kept": "%(kept)s von %(images)s behalten",
    "%(n)s day left": [
      "%(n)s day left",
      "%(n)s days left"
    ],
    "%(n)s image": [
      "%(n)s image",
      "%(n)s images"
    ],
    "%(n)s image added to favourites": [
      "%(n)s image added to favourites",
      "%(n)s images added to favourites"
    ],
    "%(n)s image added to \u201c%(value)s\u201d": [
      "%(n)s image added to \u201c%(value)s\u201d",
      "%(n)s images added to \u201c%(value)s\u201d"
    ],
    "%(n)s image deleted for good": [
      "%(n)s image deleted for good",
      "%(n)s images deleted for good"
    ],
    "%(n)s image is private now": [
      "%(n)s image is private now",
      "%(n)s images are private now"
    ],
    "%(n)s image is shared now": [
      "%(n)s image is shared now",
      "%(n)s images are shared now"
    ],
    "%(n)s image moved to trash": [
      "%(n)s image moved to trash",
      "%(n)s images moved to trash"
    ],
    "%(n)s image rated": [
      "%(n)s image rated",
      "%(n)s images rated"
    ],
    "%(n)s image removed from favourites": [
      "%(n)s image removed from favourites",
      "%(n)s images removed from favourites"
    ],
    "%(n)s image removed from the collection": [
      "%(n)s image removed from the collection",
      "%(n)s images removed from the collection"
    ],
    "%(n)s image restored": [
      "%(n)s image restored",
      "%(n)s images restored"
    ],
    "%(n)s image tagged": [
      "%(n)s image tagged",
      "%(n)s images tagged"
    ],
    "%(n)s image uploaded": [
      "%(n)s image uploaded",
      "%(n)s images uploaded"
    ],
    "%(n)s result": [
      "%(n)s result",
      "%(n)s results"
    ],
    "%(n)s selected": [
      "%(n)s selected",
      "%(n)s selected"
    ],
    "%(n)s star": [
      "%(n)s star",
      "%(n)s stars"
    ],
    "%(place)s of %(total)s": "%(place)s von %(total)s",
    "%(stars)s of 5": "%(stars)s von 5",
    "%(time)s left": "noch %(time)s",
    "About this image": "\u00dcber dieses Bild",
    "All %(count)s": "Alle %(count)s",
    "Cancel": "Abbrechen",
    "Cancel all": "Alle abbrechen",
    "Cancel all? Press again": "Alle abbrechen? Noch einmal dr\u00fccken",
    "Cancel image %(number)s": "Bild %(number)s abbrechen",
    "Cancelled": "Abgebrochen",
    "Close": "Schlie\u00dfen",
    "Close (Esc)": "Schlie\u00dfen (Esc)",
    "Connection lost. Reconnecting\u2026 Your jobs continue.": "Verbindung verloren. Neuer Versuch\u2026 Ihre Auftr\u00e4ge laufen weiter.",
    "Copied": "Kopiert",
    "Copy": "Kopieren",
    "Custom": "Eigene",
    "Delete %(n)s image for good?": [
      "Delete %(n)s image for good?",
      "Delete %(n)s images for good?"
    ],
    "Delete %(n)s upload?": [
      "Delete %(n)s upload?",
      "Delete %(n)s uploads?"
    ],
    "Dismiss": "Schlie\u00dfen",
    "Failed": "Fehlgeschlagen",
    "Fit or actual size (Z)": "Einpassen oder tats\u00e4chliche Gr\u00f6\u00dfe (Z)",
    "Full screen": "Vollbild",
    "Generate": "Erzeugen",
    "Generate %(count)s": "%(count)s erzeugen",
    "Generating it again\u2026": "Wird noch einmal erzeugt\u2026",
    "Getting ready": "Wird vorbereitet",
    "Image": "Bild",
    "Image %(number)s: %(prompt)s": "Bild %(number)s: %(prompt)s",
    "Images of this list": "Bilder dieser Liste",
    "In the queue": "In der Warteschlange",
    "Job: %(prompt)s": "Auftrag: %(prompt)s",
    "Keep a seed": "Einen Seed behalten",
    "Keep mine": "Meine behalten",
    "Keep the last seed": "Letzten Seed behalten",
    "Last seed: %(seed)s": "Letzter Seed: %(seed)s",
    "Move down": "Nach unten",
    "Move to front": "Ganz nach vorn",
    "Move up": "Nach oben",
    "Moved to trash": "In den Papierkorb gelegt",
    "Next image": "N\u00e4chstes Bild",
    "Next in the queue": "Als N\u00e4chster in der Warteschlange",
    "Not saved yet.": "Noch nicht gespeichert.",
    "Number %(position)s in the queue": "Nummer %(position)s in der Warteschlange",
    "Other": "Andere",
    "Previous image": "Voriges Bild",
    "Progress of the job": "Fortschritt des Auftrags",
    "Result %(number)s": "Ergebnis %(number)s",
    "Retry": "Wiederholen",
    "Reuse settings": "Einstellungen \u00fcbernehmen",
    "Saved.": "Gespeichert.",
    "Saving\u2026": "Wird gespeichert\u2026",
    "Seed %(seed)s": "Seed %(seed)s",
    "Seed %(seed)s is kept.": "Seed %(seed)s bleibt erhalten.",
    "Settings": "Einstellungen",
    "Show": "Zeigen",
    "Show %(n)s image of this job": [
      "Show %(n)s image of this job",
      "Show all %(n)s images of this job"
    ],
    "Show all": "Alles zeigen",
    "Show image": "Bild zeigen",
    "Show image: %(prompt)s": "Bild zeigen: %(prompt)s",
    "Show less": "Weniger zeigen",
    "Smooth enlargement": "Weiche Vergr\u00f6\u00dferung",
    "Stage": "B\u00fchne",
    "Step %(step)s of %(total)s": "Schritt %(step)s von %(total)s",
    "Stopping after this step": "H\u00e4lt nach diesem Schritt an",
    "Tag removed from %(n)s image": [
      "Tag removed from %(n)s image",
      "Tag removed from %(n)s images"
    ],
    "Take the other": "Die andere nehmen",
    "That did not work. Reload the page and try again.": "Das hat nicht geklappt. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
    "The file of this image cannot be loaded.": "Die Datei dieses Bildes kann nicht geladen werden.",
    "The image is the input image now.": "Das Bild ist jetzt das Eingabebild.",
    "The queue is paused and takes no new jobs for now. Your jobs stay queued.": "Die Warteschlange ist angehalten und nimmt vorerst keine neuen Auftr\u00e4ge an. Ihre Auftr\u00e4ge bleiben in der Warteschlange.",
    "The queue is paused: no job starts for now. Your jobs stay queued.": "Die Warteschlange ist angehalten: Vorerst beginnt kein Auftrag. Ihre Auftr\u00e4ge bleiben in der Warteschlange.",
    "The queue takes no new jobs for now. Queued jobs are still processed.": "Die Warteschlange nimmt vorerst keine neuen Auftr\u00e4ge an. Wartende werden noch bearbeitet.",
    "The site answered with an error. Try again in a moment.": "Die Website antwortete mit einem Fehler. Versuchen Sie es gleich noch einmal.",
    "The site cannot be reached. Check the connection and try again.": "Die Website ist nicht erreichbar. Pr\u00fcfen Sie die Verbindung und versuchen Sie es noch einmal.",
    "The verification was cancelled.": "Die Pr\u00fcfung wurde abgebrochen.",
    "Theme: dark. Switch to system.": "Farbschema: dunkel. Zu System wechseln.",
    "Theme: light. Switch to dark.": "Farbschema: hell. Zu dunkel wechseln.",
    "Theme: system. Switch to light.": "Farbschema: System. Zu hell wechseln.",
    "This file is missing": "Diese Datei fehlt",
    "This image is under review by a moderator.": "Dieses Bild wird von einem Moderator gepr\u00fcft.",
    "This image was deleted, or you no longer have access to it.": "Dieses Bild wurde gel\u00f6scht, oder Sie haben keinen Zugriff mehr darauf.",
    "This note was changed elsewhere meanwhile.": "Diese Notiz wurde inzwischen anderswo ge\u00e4ndert.",
    "This seed is kept; press for a new one each time": "Dieser Seed bleibt; dr\u00fccken f\u00fcr jedes Mal einen neuen",
    "Try again": "Noch einmal versuchen",
    "Undo": "R\u00fcckg\u00e4ngig",
    "Undone for %(n)s image": [
      "Undone for %(n)s image",
      "Undone for %(n)s images"
    ],
    "Upscale": "Hochskalieren",
    "Upscale an image": "Ein Bild hochskalieren",
    "Upscaled image": "Hochskaliertes Bild",
    "Vary, strong": "Variieren, stark",
    "Vary, subtle": "Variieren, leicht",
    "Verification": "Pr\u00fcfung",
    "Verified: identical.": "Gepr\u00fcft: identisch.",
    "Verified: not identical, %(psnr)s dB PSNR.": "Gepr\u00fcft: nicht identisch, %(psnr)s dB PSNR.",
    "You are signed out: your session has ended, or your account is suspended. Sign in to see what became of your jobs.": "Sie sind abgemeldet: Ihre Sitzung ist beendet, oder Ihr Konto ist gesperrt. Melden Sie sich an, um zu sehen, was aus Ihren Auftr\u00e4gen wurde.",
    "Your images appear here.": "Ihre Bilder erscheinen hier.",
    "Your session has ended.": "Ihre Sitzung ist beendet.",
    "Your session has ended. Sign in again to see this image.": "Ihre Sitzung ist beendet. Melden Sie sich wieder an, um dieses Bild zu sehen.",
    "Zoom": "Zoom",
    "Zoom in (+)": "Vergr\u00f6\u00dfern (+)",
    "Zoom out (-)": "Verkleinern (-)",
    "cancelled": "abgebrochen",
    "done in %(time)s": "fertig in %(time)s",
    "failed": "fehlgeschlagen",
    "guidance %(value)s": "Guidance %(value)s",
    "queued": "in der Warteschlange",
    "queued, place %(place)s": "in der Warteschlange, Platz %(place)s",
    "stack of %(n)s image": [
      "stack of %(n)s image",
      "stack of %(n)s images"
    ],
    "step %(step)s of %(total)s": "Schritt %(step)s von %(total)s",
    "\u201c%(name)s\u201d failed. %(error)s": "\u201e%(name)s\u201c ist fehlgeschlagen. %(error)s",
    "\u201c%(name)s\u201d has started": "\u201e%(name)s\u201c hat begonnen",
    "\u201c%(name)s\u201d is done: %(images)s": "\u201e%(name)s\u201c ist fertig: %(images)s",
    "\u201c%(name)s\u201d is queued": "\u201e%(name)s\u201c ist in der Warteschlange",
    "\u201c%(name)s\u201d was cancelled": "\u201e%(name)s\u201c wurde abgebrochen"
  };
  for (const key in newcatalog) {
    django.catalog[key] = newcatalog[key];
  }
  

  if (!django.jsi18n_initialized) {
    django.gettext = function(msgid) {
      const value = django.catalog[msgid];
      if (typeof value === 'undefined') {
        return msgid;
      } else {
        return (typeof value === 'string') ? value : value[0];
      }
    };

    django.ngettext = function(singular, plural, count) {
      const value = django.catalog[singular];
      if (typeof value === 'undefined') {
        return (count == 1) ? singular : plural;
      } else {
        return value.constructor === Array ? value[django.pluralidx(count)] : value;
      }
    };

    django.gettext_noop = function(msgid) { return msgid; };

    django.pgettext = function(context, msgid) {
      let value = django.gettext(context + '\x04' + msgid);
      if (value.includes('\x04')) {
        value = msgid;
      }
      return value;
    };

    django.npgettext = function(context, singular, plural, count) {
      let value = django.ngettext(context + '\x04' + singular, context + '\x04' + plural, count);
      if (value.includes('\x04')) {
        value = django.ngettext(singular, plural, count);
      }
      return value;
    };

    django.interpolate = function(fmt, obj, named) {
      if (named) {
        return fmt.replace(/%\(\w+\)s/g, function(match){return String(obj[match.slice(2,-2)])});
      } else {
        return fmt.replace(/%s/g, function(match){return String(obj.shift())});
      }
    };


    /* formatting library */

    django.formats = {
    "DATETIME_FORMAT": "j. N Y, H:i",
    "DATETIME_INPUT_FORMATS": [
      "%d.%m.%Y %H:%M:%S",
      "%d.%m.%Y %H:%M:%S.%f",
      "%d.%m.%Y %H:%M",
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d"
    ],
    "DATE_FORMAT": "j. N Y",
    "DATE_INPUT_FORMATS": [
      "%d.%m.%Y",
      "%d.%m.%y",
      "%Y-%m-%d"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 1,
    "MONTH_DAY_FORMAT": "j. F",
    "NUMBER_GROUPING": 3,
    "SHORT_DATETIME_FORMAT": "j. N Y, H:i",
    "SHORT_DATE_FORMAT": "j. N Y",
    "THOUSAND_SEPARATOR": ".",
    "TIME_FORMAT": "H:i",
    "TIME_INPUT_FORMATS": [
      "%H:%M:%S",
      "%H:%M:%S.%f",
      "%H:%M"
    ],
    "YEAR_MONTH_FORMAT": "F Y"
  };

    django.get_format = function(format_type) {
      const value = django.formats[format_type];
      if (typeof value === 'undefined') {
        return format_type;
      } else {
        return value;
      }
    };

    /* add to global namespace */
    globals.pluralidx = django.pluralidx;
    globals.gettext = django.gettext;
    globals.ngettext = django.ngettext;
    globals.gettext_noop = django.gettext_noop;
    globals.pgettext = django.pgettext;
    globals.npgettext = django.npgettext;
    globals.interpolate = django.interpolate;
    globals.get_format = django.get_format;

    django.jsi18n_initialized = true;
  }
};
